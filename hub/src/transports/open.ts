/** From a cluster's configuration to its transport: commands on this machine, or on a login node over ssh. */
import { userInfo } from "node:os";
import type { ClusterConfig } from "../config/load.ts";
import { openSshAuthority, type SshAuthority } from "../pki/ssh-authority.ts";
import { makeSshKey } from "../pki/ssh-ed25519.ts";
import type { ExecSettings } from "./local/exec.ts";
import { createLocalTransport } from "./local/index.ts";
import { createOpensshTransport, type OpensshActAs } from "./openssh/index.ts";
import type { SignUser } from "./openssh/person-masters.ts";
import type { SshSettings } from "./openssh/ssh-options.ts";
import type { Exec, Transport } from "./types.ts";

export interface TransportFacts {
  readonly name: string;
  readonly entry: ClusterConfig;
  readonly launcher: string;
  /** For a launcher that runs as ourselves; sudo drops it. */
  readonly env: Readonly<Record<string, string>>;
  readonly stateDir: string;
  readonly runtimeDir: string;
  readonly createExec: (settings?: ExecSettings) => Exec;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

export interface OpenedTransport {
  readonly transport: Transport;
  readonly close: () => Promise<void>;
}

/** A certificate is for the moment of signing in alone. */
const LOGIN_LIFE_MS = 5 * 60_000;

export function openTransport(facts: TransportFacts): OpenedTransport {
  const { name, entry, launcher, runtimeDir, createExec, now, onError } = facts;
  const operator = entry.extend === undefined ? {} : { operator: { account: entry.extend.operator, script: entry.extend.script } };
  const shared = { launcher, createExec, ...operator };
  const ssh = sshSettingsOf(entry);
  if (ssh === null) {
    const local = { env: facts.env, sudo: entry.act_as === "sudo", serviceAccount: userInfo().username };
    return { transport: createLocalTransport({ ...shared, ...local }), close: async () => {} };
  }
  const actAs = actAsOf(facts, ssh);
  const transport = createOpensshTransport({
    ...shared,
    cluster: name,
    ssh,
    actAs,
    ...(entry.shells && { shells: entry.shells.script }),
    runtimeDir,
    commandTimeoutMs: entry.command_timeout,
    now,
    onError,
  });
  return { transport, close: () => transport.close() };
}

/** Null: commands of this cluster run here. */
export function sshSettingsOf({ ssh }: ClusterConfig): SshSettings | null {
  if (ssh === undefined) return null;
  return {
    hosts: ssh.hosts,
    port: ssh.port,
    user: ssh.user,
    identityFile: ssh.identity_file,
    knownHostsFile: ssh.known_hosts_file,
    configFile: ssh.config_file,
    proxyJump: ssh.proxy_jump,
  };
}

function actAsOf({ entry, env, stateDir, now }: TransportFacts, ssh: SshSettings): OpensshActAs {
  switch (entry.act_as) {
    case "sudo":
      return { kind: "sudo" };
    case "certificate":
      return { kind: "certificate", signUser: createSignUser(stateDir, now) };
    case "service":
      return { kind: "service", account: ssh.user ?? userInfo().username, env };
  }
}

function createSignUser(stateDir: string, now: () => number): SignUser {
  // Not before it is needed: a doctor that only looks shall not make one.
  let authority: SshAuthority | null = null;
  return (user) => {
    authority ??= openSshAuthority(stateDir);
    const { privateKey, publicKey } = makeSshKey("fairway");
    return { privateKey, certificate: authority.signLoginCertificate({ user, publicKey, lifeMs: LOGIN_LIFE_MS, now: now() }) };
  };
}
