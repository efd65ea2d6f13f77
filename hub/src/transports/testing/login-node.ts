/** A real sshd on loopback, as a login node has one: for tests. Everybody there is whoever runs the tests. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SshSettings } from "../openssh/ssh-options.ts";

export interface LoginNode {
  readonly folder: string;
  readonly port: number;
  /** How our own account gets in. */
  readonly ssh: SshSettings;
  readonly log: () => string;
  /** Also ends the connections that stand, as a machine that goes down does. */
  stop(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

export interface LoginNodeSettings {
  /** More of sshd_config. */
  readonly lines?: readonly string[];
  /** The public key of an authority for people's certificates. */
  readonly trusts?: string;
}

export async function startLoginNode(settings: LoginNodeSettings = {}): Promise<LoginNode> {
  // Where root runs the tests, sshd wants the folder that its service would have made.
  if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const folder = mkdtempSync(join(tmpdir(), "fw-login-"));
  let port = 0;
  for (const name of ["host", "service"]) makeKey(join(folder, name));
  writeFileSync(join(folder, "ca.pub"), settings.trusts ?? "");
  const config = [
    ...(settings.lines ?? []), // the first value of each counts
    ...(settings.trusts === undefined ? [] : [`TrustedUserCAKeys ${join(folder, "ca.pub")}`]),
    "ListenAddress 127.0.0.1",
    `HostKey ${join(folder, "host")}`,
    `AuthorizedKeysFile ${join(folder, "service.pub")}`,
    "PidFile none",
    "UsePAM no",
    "StrictModes no",
    "PermitRootLogin yes",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "LogLevel VERBOSE",
  ];
  writeFileSync(join(folder, "sshd_config"), `${config.join("\n")}\n`);
  let sshd: ChildProcess | null = null;
  let log = "";
  const start = async () => {
    const args = ["-D", "-e", "-f", join(folder, "sshd_config"), "-p", String(port)];
    const child = spawn("/usr/sbin/sshd", args, { stdio: ["ignore", "ignore", "pipe"] });
    sshd = child;
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      log += chunk.toString();
    });
    for (let tries = 0; !said.includes("Server listening"); tries++) {
      // Once it has ended, all that it said of that is read.
      if (child.stderr.readableEnded || tries > 1000) throw new Error(`sshd does not start: ${said}`);
      await sleep(20);
    }
  };
  const stop = async () => {
    const child = sshd;
    sshd = null;
    if (child === null || child.exitCode !== null) return;
    const ended = once(child, "exit");
    for (const pid of descendants(child.pid ?? 0)) kill(pid);
    child.kill("SIGKILL");
    await ended;
  };
  // A port that was free may be somebody's by the time that sshd takes it: then another.
  for (let tries = 1; !log.includes("Server listening"); tries += 1) {
    port = await freePort();
    try {
      await start();
    } catch (error) {
      if (tries === 5 || !log.includes("Address already in use")) throw error;
    }
  }
  writeFileSync(join(folder, "known_hosts"), `[127.0.0.1]:${port} ${readFileSync(join(folder, "host.pub"), "utf8")}`);
  return {
    folder,
    port,
    ssh: {
      hosts: ["127.0.0.1"],
      port,
      user: userInfo().username,
      identityFile: join(folder, "service"),
      knownHostsFile: join(folder, "known_hosts"),
      configFile: "none",
    },
    log: () => log,
    start,
    stop,
    remove: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function makeKey(file: string): void {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", file]);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** sshd's own processes for its connections; what they have started is not among them. */
function descendants(pid: number): number[] {
  const children = readText(`/proc/${pid}/task/${pid}/children`).trim().split(" ").filter(Boolean).map(Number);
  return children.filter((child) => readText(`/proc/${child}/comm`).startsWith("sshd")).flatMap((child) => [child, ...descendants(child)]);
}

/** "" for a process that has ended meanwhile. */
function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended with the one before.
  }
}
