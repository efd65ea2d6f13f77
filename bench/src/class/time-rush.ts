// Runs on the hub node: one rush. Everybody presses within one second, spread evenly; somebody else looks
// at the portal meanwhile. The plan comes by stdin, since it holds tokens. All clocks are this process's.
import { execFile } from "node:child_process";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { createFairway } from "./fairway.ts";
import { createFloor } from "./floor.ts";
import { createJupyterHub } from "./jupyterhub.ts";
import { RushPlan, type RushResult } from "./plan.ts";
import { Refused, type Way } from "./way.ts";

const run = promisify(execFile);
const RUSH_MS = 1000;
const READY_WITHIN_MS = 180_000;
const GONE_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 100;

async function main(): Promise<void> {
  const plan = RushPlan.parse(JSON.parse(await text(process.stdin)));
  const way = createWay(plan.way);
  await way.prepare(AbortSignal.timeout(GONE_WITHIN_MS));
  const startedAt = performance.now();
  const rush = await runRush(plan, way);
  await sleep(Math.max(0, plan.windowMs - (performance.now() - startedAt)));
  // The bench reads Slurm's counts when it sees this line, before anything is stopped.
  process.stdout.write(`${JSON.stringify(rush)}\n`);
  await sleep(1000);
  await way.stopAll(plan.users, AbortSignal.timeout(GONE_WITHIN_MS));
  await waitUntilGone(AbortSignal.timeout(GONE_WITHIN_MS));
}

function createWay(way: RushPlan["way"]): Way {
  if (way.name === "floor") return createFloor(way);
  return way.name === "fairway" ? createFairway(way) : createJupyterHub(way);
}

async function runRush({ users, onlooker }: RushPlan, way: Way): Promise<RushResult> {
  const over = new AbortController();
  const looksMs: number[] = [];
  const looking = way.look === null ? Promise.resolve() : keepLooking(() => way.look?.(onlooker, over.signal), looksMs, over.signal);
  const within = AbortSignal.timeout(READY_WITHIN_MS);
  const refused: string[] = [];
  const readyMs = await Promise.all(
    users.map(async (user, index) => {
      await sleep((index * RUSH_MS) / users.length);
      const pressedAt = performance.now();
      try {
        await way.press(user, within);
        return performance.now() - pressedAt;
      } catch (error) {
        if (!(error instanceof Refused)) process.stderr.write(`${user}: ${String(error)}\n`);
        else refused.push(`${user}: ${error.message}`);
        return null;
      }
    }),
  );
  over.abort();
  await looking;
  return { readyMs, refused, looksMs };
}

async function keepLooking(look: () => Promise<void> | undefined, looksMs: number[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const startedAt = performance.now();
    try {
      await look();
      looksMs.push(performance.now() - startedAt);
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

async function waitUntilGone(signal: AbortSignal): Promise<void> {
  while ((await run("squeue", ["--noheader", "--format=%i"], { signal })).stdout.trim() !== "") await sleep(200, undefined, { signal });
}

await main();
