// One reading: what slurmctld was asked between two looks at sdiag, while the crowd stays as it is or moves.
import { setTimeout as sleep } from "node:timers/promises";
import type { Testbed } from "@fairway/testbed/index.ts";
import type { BenchContext } from "../cluster.ts";
import type { Crowd, Slot } from "./crowd.ts";
import { parseSdiag, selectWatching, subtract, sum } from "./sdiag.ts";

/** So often one that is ready is stopped and another launched, so that in every moment one is on its way. */
const MOVE_EVERY_MS = 5000;

export interface Shape {
  readonly running: number;
  readonly pending: number;
}

export interface Reading {
  readonly perMinute: number;
  /** Watching calls by message type, and all calls by user. */
  readonly byType: ReadonlyMap<string, number>;
  readonly byUser: ReadonlyMap<string, number>;
  readonly minutes: number;
  /** Sessions that were replaced meanwhile. */
  readonly moved: number;
}

export type Movement = "still" | "moving";

export async function readWindow(
  { say, signal }: BenchContext,
  testbed: Testbed,
  crowd: Crowd,
  how: { readonly movement: Movement; readonly windowMs: number },
): Promise<Reading> {
  const before = await readSdiag(testbed, signal);
  const startedAt = performance.now();
  const moved = how.movement === "moving" ? await move(crowd, how.windowMs, signal) : 0;
  await sleep(Math.max(0, how.windowMs - (performance.now() - startedAt)), undefined, { signal });
  const after = await readSdiag(testbed, signal);
  const minutes = (performance.now() - startedAt) / 60_000;
  const byType = selectWatching(subtract(after.byType, before.byType));
  const reading = { byType, byUser: subtract(after.byUser, before.byUser), minutes, moved, perMinute: sum(byType) / minutes };
  say(`  ${how.movement}: ${reading.perMinute.toFixed(1)} calls a minute`);
  return reading;
}

/** @returns how many were replaced. */
async function move(crowd: Crowd, windowMs: number, signal: AbortSignal): Promise<number> {
  const endsAt = performance.now() + windowMs;
  const replaced = new Map<string, Promise<void>>();
  while (performance.now() < endsAt) {
    const slot = (await crowd.listReady(signal)).find(({ name }) => !replaced.has(name));
    // A gateway may answer only when the job runs: the next one does not wait for that.
    if (slot !== undefined) replaced.set(slot.name, replace(crowd, slot, signal));
    await sleep(Math.min(MOVE_EVERY_MS, Math.max(0, endsAt - performance.now())), undefined, { signal });
  }
  await Promise.all(replaced.values());
  return replaced.size;
}

/** The same person's place in the crowd, under a name that is surely free. */
async function replace(crowd: Crowd, { user, name }: Slot, signal: AbortSignal): Promise<void> {
  await crowd.stop({ user, name }, signal);
  await crowd.launch({ user, name: `${name}x` }, signal);
}

async function readSdiag(testbed: Testbed, signal: AbortSignal): Promise<ReturnType<typeof parseSdiag>> {
  return parseSdiag(await testbed.mustExec("head", ["sdiag"], { signal }));
}

/** What the queue holds, by Slurm's own word. */
export async function readShape(testbed: Testbed, signal: AbortSignal): Promise<Shape> {
  const states = (await testbed.mustExec("head", ["squeue", "--noheader", "--format=%T"], { signal })).split("\n");
  const count = (state: string) => states.filter((line) => line === state).length;
  return { running: count("RUNNING"), pending: count("PENDING") };
}

/** Waits until the queue has that shape and all that run are ready. @throws when the signal says it took too long. */
export async function waitForShape(testbed: Testbed, crowd: Crowd, shape: Shape, signal: AbortSignal): Promise<void> {
  let last = "";
  try {
    for (;;) {
      const [found, ready] = [await readShape(testbed, signal), await crowd.listReady(signal)];
      last = `${found.running} running, ${found.pending} pending, ${ready.length} ready`;
      if (found.running === shape.running && found.pending === shape.pending && ready.length === shape.running) return;
      await sleep(1000, undefined, { signal });
    }
  } catch (cause) {
    throw new Error(`The crowd did not come to ${shape.running} ready and ${shape.pending} waiting; at last: ${last}`, { cause });
  }
}
