// Finds a testbed's processes by what the kernel says of them, never by a file that may be stale:
// every node's pid 1, its parent and every relay end their argv with "fairway-testbed NAME ROLE".
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { waitFor } from "./waiting.ts";

export const processMark = "fairway-testbed";

export interface TestbedProcess {
  readonly pid: number;
  readonly testbed: string;
  /** The node's name, or "relay:NODE:PORT:HOSTPORT". */
  readonly subject: string;
  /** Whether it is pid 1 of a node. */
  readonly isInit: boolean;
  /** Whether a node's pid 1 has finished making its world. */
  readonly isReady: boolean;
}

export interface NodeProcess {
  readonly pid: number;
  readonly command: string;
  readonly state: string;
  readonly startTicks: number;
}

/** All processes that belong to testbeds of this host, or to one of them. */
export function findTestbedProcesses(name?: string): TestbedProcess[] {
  return listPids().flatMap((pid) => {
    const argv = readProc(pid, "cmdline").split("\0").slice(0, -1);
    const [mark, testbed, subject] = argv.slice(-3);
    if (argv.length < 4 || mark !== processMark || testbed === undefined || subject === undefined) return [];
    if (name !== undefined && testbed !== name) return [];
    const nested = /^NSpid:\s+(.*)$/m.exec(readProc(pid, "status"))?.[1]?.split(/\s+/) ?? [];
    const isInit = nested.length > 1 && nested.at(-1) === "1";
    return [{ pid, testbed, subject, isInit, isReady: isInit && argv[0] === "/bin/bash" }];
  });
}

/** The pid, on the host, of a node's pid 1; undefined when the node is off. */
export function findNodeInit(testbed: string, node: string): number | undefined {
  return findTestbedProcesses(testbed).find((found) => found.isReady && found.subject === node)?.pid;
}

/** Everything that runs inside the node whose pid 1 is given, oldest first. */
export function listNodeProcesses(initPid: number): NodeProcess[] {
  const space = readNamespace(initPid);
  return listPids()
    .filter((pid) => pid !== initPid && space !== undefined && readNamespace(pid) === space)
    .flatMap((pid) => {
      // proc(5): the command stands in parentheses and may itself hold some.
      const match = /^\d+ \((.*)\) (\S) (.*)$/s.exec(readProc(pid, "stat"));
      if (!match) return [];
      return [{ pid, command: match[1] ?? "", state: match[2] ?? "", startTicks: Number(match[3]?.split(" ")[18]) }];
    })
    .sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid);
}

/** Kills the processes and waits until the kernel has taken them down, a node's with all that ran in it. */
export async function killProcesses(pids: readonly number[]): Promise<void> {
  for (const pid of pids) sendSignal(pid, "SIGKILL");
  await waitFor(`processes ${pids.join(", ")} to end`, 15_000, () => (pids.every(isGone) ? true : undefined), { intervalMs: 5 });
}

export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended by itself in the meantime.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/**
 * A zombie is gone, too: it runs nothing and holds nothing but its number. Unless another thread of
 * it is still on its way out: that one holds all that the process had open.
 */
export function isGone(pid: number): boolean {
  const stat = readProc(pid, "stat");
  return stat === "" || (/\) [ZX] /.test(stat) && countThreads(pid) <= 1);
}

function countThreads(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length;
  } catch {
    // Gone altogether.
    return 0;
  }
}

function listPids(): number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

function readNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    // The process has ended while we looked.
    return undefined;
  }
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // The process has ended while we looked.
    return "";
  }
}
