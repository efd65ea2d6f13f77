/** Openssh transports to a login node of the tests, each time on the same runtime folder, as a hub that starts again is. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createExec } from "../local/exec.ts";
import { endMasters } from "../openssh/control-sockets.ts";
import { createOpensshTransport, type OpensshTransport, type OpensshTransportSettings } from "../openssh/index.ts";
import type { LoginNode } from "./login-node.ts";

export interface Hub {
  readonly runtimeDir: string;
  readonly errors: unknown[];
  /** The former one, if there is one, must be closed by whoever opened it. */
  open(settings?: Partial<OpensshTransportSettings>): OpensshTransport;
  /** The pids of the masters that stand. */
  masters(): number[];
  /** Ends all of it and tells what is left: processes and files. */
  end(): Promise<string[]>;
}

export function makeHub(node: LoginNode): Hub {
  const runtimeDir = mkdtempSync(join(tmpdir(), "fw-run-"));
  const opened: OpensshTransport[] = [];
  const errors: unknown[] = [];
  return {
    runtimeDir,
    errors,
    open(settings) {
      const transport = createOpensshTransport({
        cluster: "main",
        ssh: node.ssh,
        actAs: { kind: "service", account: "fairway" },
        launcher: "/usr/libexec/fairway/launcher",
        runtimeDir,
        commandTimeoutMs: 20_000,
        now: Date.now,
        onError: (error) => errors.push(error),
        ...settings,
      });
      opened.push(transport);
      return transport;
    },
    masters: () => mastersIn(runtimeDir),
    async end() {
      await Promise.all(opened.map((transport) => transport.close()));
      await endMasters(runtimeDir, createExec());
      const files = ["ssh", "routes"].flatMap((name) => listFolder(join(runtimeDir, name)));
      // A master that was told to end takes its moment.
      for (let tries = 0; processesOf(runtimeDir).length > 0 && tries < 100; tries++) await sleep(100);
      const left = [...files, ...processesOf(runtimeDir)];
      rmSync(runtimeDir, { recursive: true, force: true });
      return left;
    },
  };
}

/** The pids of the masters whose control sockets are there. */
export function mastersIn(runtimeDir: string): number[] {
  return socketsIn(join(runtimeDir, "ssh")).flatMap(pidOf);
}

function pidOf(socket: string): number[] {
  const { stderr } = spawnSync("ssh", ["-F", "none", "-S", socket, "-O", "check", "login"], { encoding: "utf8" });
  const pid = /pid=(\d+)/.exec(stderr)?.[1];
  return pid === undefined ? [] : [Number(pid)];
}

const socketsIn = (folder: string) => listFolder(folder).filter((file) => !file.endsWith(".log"));

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** What still runs and names this folder: every ssh of ours does. */
function processesOf(runtimeDir: string): string[] {
  const pids = execFileSync("sh", ["-c", "cd /proc && echo [0-9]*"], { encoding: "utf8" }).trim().split(" ");
  return pids.map(commandLine).filter((line) => line.startsWith("ssh") && line.includes(runtimeDir));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}
