/**
 * The way to a cluster through its login nodes: is each of them there, is it the one we know, does it let us in, does it
 * forward what route ssh needs, does it let people in by certificate. By connections of the doctor's own, ended with it.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterConfig, Config } from "../config/load.ts";
import { shareDir } from "../paths.ts";
import { createExec } from "../transports/local/exec.ts";
import { openTransport, sshSettingsOf } from "../transports/open.ts";
import { endMasters } from "../transports/openssh/control-sockets.ts";
import { type Exec, ExecError, type Transport } from "../transports/types.ts";
import { type Finding, judge } from "./finding.ts";
import { tail } from "./look.ts";

const TIMEOUT_MS = 30_000;

export interface LoginNodes {
  readonly findings: readonly Finding[];
  /** Runs commands on the first of them that lets us in; null: none does. */
  readonly exec: Exec | null;
  readonly end: () => Promise<void>;
}

/** @param testUser whose account is tried, where one is named */
export async function checkLoginNodes(name: string, entry: ClusterConfig, config: Config, testUser?: string): Promise<LoginNodes> {
  const opened = (sshSettingsOf(entry)?.hosts ?? []).map((host) => ({ host, ...openTo(name, entry, config, host) }));
  const findings: Finding[] = [];
  let first: Transport | null = null;
  for (const { host, transport } of opened) {
    const finding = await checkHost(name, entry, host, transport);
    findings.push(finding);
    if (finding.level === "ok") first ??= transport;
  }
  if (first !== null) findings.push(...(await checkWays(name, entry, first, testUser)));
  const end = async () => {
    await Promise.all(opened.map((each) => each.end()));
  };
  return { findings, exec: first?.exec ?? null, end };
}

/** Elsewhere than the hub's own connections, which go on undisturbed. */
function openTo(name: string, entry: ClusterConfig, config: Config, host: string) {
  const runtimeDir = mkdtempSync(join(tmpdir(), "fw-doctor-"));
  const only = entry.ssh === undefined ? entry : { ...entry, ssh: { ...entry.ssh, hosts: [host] } };
  const { transport, close } = openTransport({
    name,
    entry: only,
    launcher: entry.launcher,
    env: entry.launcher_conf === undefined ? {} : { FAIRWAY_LAUNCHER_CONF: entry.launcher_conf },
    stateDir: config.state_dir,
    runtimeDir,
    createExec,
    now: Date.now,
    onError: () => {}, // what does not work shows in what was asked
  });
  const end = async () => {
    await close();
    await endMasters(runtimeDir, createExec());
    rmSync(runtimeDir, { recursive: true, force: true });
  };
  return { transport, end };
}

async function checkHost(name: string, entry: ClusterConfig, host: string, { exec }: Transport): Promise<Finding> {
  try {
    const { stdout } = await exec({ argv: ["id", "-un"] }, { timeoutMs: TIMEOUT_MS });
    return { level: "ok", what: `${name}: ${host} lets us in as ${stdout.trim()}` };
  } catch (error) {
    const words = wordsOf(error);
    return { level: "fail", what: `${name}: ${words.startsWith(host) ? words : `${host}: ${words}`}`, next: adviceFor(words, entry, host) };
  }
}

function adviceFor(words: string, { ssh }: ClusterConfig, host: string): string {
  if (/host key/i.test(words)) {
    const file = ssh?.known_hosts_file ?? "~/.ssh/known_hosts";
    return `As this account: ssh-keyscan ${ssh?.port === undefined ? "" : `-p ${ssh.port} `}${host} >>${file}; then compare with ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub there.`;
  }
  if (/Permission denied/.test(words)) {
    return `Put the public key of ${ssh?.identity_file ?? "this account"} into .ssh/authorized_keys of ${ssh?.user ?? "the service account"} there.`;
  }
  return "Check name, port and firewall: this machine must reach sshd there.";
}

async function checkWays(name: string, entry: ClusterConfig, transport: Transport, testUser: string | undefined): Promise<Finding[]> {
  const needsForwards = entry.route === "ssh" || entry.route === "auto";
  return [
    ...(needsForwards ? [await checkForwarding(name, entry, transport)] : []),
    await checkLauncher(name, entry, transport),
    ...(await checkPerson(name, entry, transport, testUser)),
  ];
}

/** sshd of the login node itself: where that cannot be forwarded to, nothing can. */
async function checkForwarding(name: string, entry: ClusterConfig, { forwards }: Transport): Promise<Finding> {
  const reach = await forwards?.tryReach({ host: "127.0.0.1", port: entry.ssh?.port ?? 22 }, TIMEOUT_MS);
  return judge(
    reach?.ok === true,
    `${name}: the login node forwards to other ports`,
    entry.route === "ssh" ? "fail" : "warn",
    `${name}: the login node forwards nothing: ${reach?.ok === false ? reach.detail : "not tried"}`,
    "AllowTcpForwarding local (and PermitOpen) for our account in its sshd_config; else sessions need route tunnel.",
  );
}

async function checkLauncher(name: string, { launcher }: ClusterConfig, { exec }: Transport): Promise<Finding> {
  const ours = createHash("sha256")
    .update(readFileSync(join(shareDir, "launcher")))
    .digest("hex");
  // Not there, or no such program: told apart by what follows (is it there, is it root's).
  const there = await exec({ argv: ["sha256sum", launcher] }, { timeoutMs: TIMEOUT_MS }).catch(() => null);
  return judge(
    there?.stdout.startsWith(ours) === true,
    `${name}: the launcher on the login node is this version's`,
    "fail",
    `${name}: the launcher on the login node (${launcher}) is not this version's`,
    "Copy hub/share there and run install-node-files again, as root.",
  );
}

async function checkPerson(name: string, entry: ClusterConfig, { actAs }: Transport, testUser: string | undefined): Promise<Finding[]> {
  const next = "fairway doctor --user NAME looks into somebody's home directory, as them.";
  if (testUser === undefined) {
    return entry.act_as === "service" ? [] : [{ level: "warn", what: `${name}: not tried whether we may act as somebody`, next }];
  }
  const answer = await actAs(testUser, { verb: "files", path: "" }, { timeoutMs: TIMEOUT_MS }).catch((error: unknown) => ({
    exitCode: -1,
    stderr: wordsOf(error),
  }));
  return [
    judge(
      answer.exitCode === 0,
      `${name}: we may act as ${testUser}`,
      "fail",
      `${name}: we may not act as ${testUser}: ${tail(answer)}`,
      entry.act_as === "certificate"
        ? "Put what fairway ssh-ca show prints into a file of the login node's, and name it as TrustedUserCAKeys in its sshd_config."
        : "As root on the login node: hub/share/install-node-files",
    ),
  ];
}

function wordsOf(error: unknown): string {
  if (error instanceof ExecError) return error.stderrTail.trim() || error.message;
  return error instanceof Error ? error.message : String(error);
}
