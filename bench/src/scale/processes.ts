// What a process has used, from /proc. Linux counts in ticks of 10 ms.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const TICK_MS = 10;
const PAGE_BYTES = 4096;

export interface Used {
  readonly at: number;
  /** Of the process itself. */
  readonly cpuMs: number;
  /** Of its children that have ended, and theirs. */
  readonly childCpuMs: number;
  readonly rssBytes: number;
}

export function readUsed(pid: number): Used {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in brackets may hold anything; what follows it are numbers.
  const fields = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
  return {
    at: performance.now(),
    cpuMs: (user + system) * TICK_MS,
    childCpuMs: (childUser + childSystem) * TICK_MS,
    rssBytes: (fields[21] ?? 0) * PAGE_BYTES,
  };
}

/** A process and those it keeps as parts of itself: children that run the same program. Their RSS counts shared pages twice. */
export function readUsedWithHelpers(pid: number): Used {
  const program = readProgram(pid);
  const all = [pid, ...listChildren(pid).filter((child) => readProgram(child) === program)].map(readUsed);
  const sum = (key: keyof Used) => all.reduce((total, used) => total + used[key], 0);
  return { at: performance.now(), cpuMs: sum("cpuMs"), childCpuMs: sum("childCpuMs"), rssBytes: sum("rssBytes") };
}

/** The child of `parent` whose command line holds `word`. @throws when there is none. */
export function findChild(parent: number, word: string): number {
  const found = listChildren(parent).find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(word));
  if (found === undefined) throw new Error(`process ${parent} has no child ${word}`);
  return found;
}

function listChildren(pid: number): number[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number));
}

function readProgram(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return ""; // it has ended meanwhile
  }
}
