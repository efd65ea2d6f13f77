/**
 * A real sshd on loopback, as a session's job starts it: the person's own, with keys of its run. For tests: it runs as
 * whoever runs them.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { DoorTarget } from "@fairway/contract/door.ts";

export interface TestSshd {
  readonly port: number;
  readonly dir: string;
  /** As the hub would tell the door. */
  readonly target: DoorTarget;
  log(): string;
  stop(): Promise<void>;
}

const SSHD = "/usr/sbin/sshd";

/** @param lines more of sshd_config */
export async function startSshd(lines: readonly string[] = []): Promise<TestSshd> {
  const dir = mkdtempSync(join(tmpdir(), "fairway-sshd-"));
  for (const name of ["host", "door"]) makeKey(join(dir, name));
  const config = [
    "ListenAddress 127.0.0.1",
    `HostKey ${join(dir, "host")}`,
    `AuthorizedKeysFile ${join(dir, "door.pub")}`,
    "PidFile none",
    "UsePAM no",
    "StrictModes no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin yes",
    "AllowTcpForwarding yes",
    "AllowAgentForwarding yes",
    "AcceptEnv LANG LC_* COLORTERM VSCODE_*",
    "Subsystem sftp internal-sftp",
    "LogLevel VERBOSE",
    "MaxStartups 100",
    ...lines,
  ];
  writeFileSync(join(dir, "sshd_config"), `${config.join("\n")}\n`);
  // Where root runs the tests, sshd wants the folder that its service would have made.
  if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const { child, port, log } = await startOnFreePort(join(dir, "sshd_config"));
  return {
    port,
    dir,
    target: {
      upstream: { kind: "tcp", host: "127.0.0.1", port, pin: null },
      preamble: "",
      account: userInfo().username,
      hostKey: readFileSync(join(dir, "host.pub"), "utf8").trim(),
      privateKey: readFileSync(join(dir, "door"), "utf8"),
    },
    log: () => log.join(""),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        await ended;
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** An OpenSSH key pair without a pass phrase at `path` and `path.pub`. */
export function makeKey(path: string, type: readonly string[] = ["-t", "ed25519"]): void {
  execFileSync("ssh-keygen", ["-q", ...type, "-N", "", "-C", "test", "-f", path]);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A port that was free may be somebody's by the time that sshd takes it: then another. */
async function startOnFreePort(config: string): Promise<{ child: ChildProcess; port: number; log: readonly string[] }> {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const child = spawn(SSHD, ["-D", "-e", "-f", config, "-p", String(port)], { stdio: ["ignore", "ignore", "pipe"] });
    const log: string[] = [];
    child.stderr.on("data", (chunk: Buffer) => log.push(chunk.toString()));
    try {
      await listening(child, log);
      return { child, port, log };
    } catch (error) {
      if (tries === 5 || !log.join("").includes("Address already in use")) throw error;
    }
  }
}

async function listening(child: ChildProcess, log: readonly string[]): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (log.join("").includes("Server listening")) return;
    // It has ended, and all that it said of that is in the log.
    if (child.stderr?.readableEnded === true) break;
    await delay(20);
  }
  throw new Error(`sshd does not start:\n${log.join("")}`);
}
