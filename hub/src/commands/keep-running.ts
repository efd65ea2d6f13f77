/** Keeps one child process running until told to end, with a growing pause between quick deaths. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Logger } from "pino";
import { pause } from "../pause.ts";

export interface KeepRunningOptions {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told of each process that is started, for signals that are passed on. */
  readonly onStarted?: (child: ChildProcess) => void;
}

const SHORTEST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** Having lived so long, its death is news and not the same trouble again. */
const SETTLED_MS = 5000;
const PATIENCE_MS = 20_000;

export async function keepRunning({ name, program, args, log, signal, onStarted }: KeepRunningOptions): Promise<void> {
  let pauseMs = SHORTEST_PAUSE_MS;
  while (!signal.aborted) {
    const startedAt = performance.now();
    const [code, killedBy] = await runOnce(program, args, signal, onStarted);
    if (signal.aborted) return;
    if (performance.now() - startedAt > SETTLED_MS) pauseMs = SHORTEST_PAUSE_MS;
    log.error({ child: name, code, killedBy, againInMs: pauseMs }, "a process of ours ended; starting it again");
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

async function runOnce(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
  onStarted: KeepRunningOptions["onStarted"],
): Promise<[number | null, string | null]> {
  const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"] });
  onStarted?.(child);
  let lastResort: NodeJS.Timeout | undefined;
  const end = () => {
    child.kill("SIGTERM");
    lastResort = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  };
  signal.addEventListener("abort", end, { once: true });
  try {
    return (await once(child, "exit")) as [number | null, string | null];
  } catch (error) {
    // Not started at all (no memory, no process left): a quick death like any other, and no reason to leave its sibling alone.
    return [null, error instanceof Error ? error.message : String(error)];
  } finally {
    signal.removeEventListener("abort", end);
    clearTimeout(lastResort);
  }
}
