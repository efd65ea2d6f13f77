// Runs on the hub node: launches and stops, one after the other and in turn, and prints how long each
// took. The plan comes by stdin, since it holds tokens. All clocks are this one process's.
import { execFile } from "node:child_process";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { createFairway } from "./fairway.ts";
import { createFloor } from "./floor.ts";
import { createJupyterHub } from "./jupyterhub.ts";
import type { Launcher } from "./launcher.ts";
import { msUntilPhase } from "./phase.ts";
import { type LaunchLine, LaunchPlan } from "./plan.ts";

const LAUNCH_WITHIN_MS = 60_000;
const GONE_WITHIN_MS = 60_000;
/** Between a job's end and the next launch: what its end still causes is none of the next one's time. */
const SETTLE_MS = 1000;

const run = promisify(execFile);

async function main(): Promise<void> {
  const plan = LaunchPlan.parse(JSON.parse(await text(process.stdin)));
  const launchers = plan.launchers.map((name): Launcher => {
    if (name === "floor") return createFloor(plan);
    if (name === "fairway") return createFairway(plan.fairway);
    if (plan.jupyterhub === null) throw new Error("The plan names JupyterHub and does not say where it is.");
    return createJupyterHub({ ...plan.jupyterhub, user: plan.user });
  });
  for (let round = -plan.warmUps; round < plan.rounds; round++) {
    // Each is first as often as the others are.
    for (const turn of launchers.keys()) {
      const launcher = launchers[(turn + round + plan.warmUps) % launchers.length];
      if (launcher === undefined) continue;
      await sleep(SETTLE_MS);
      await sleep(msUntilPhase(Date.now(), (round + plan.warmUps + 0.5) / (plan.rounds + plan.warmUps)));
      process.stdout.write(`${JSON.stringify(await timeOne(launcher, round, plan.user))}\n`);
    }
  }
}

async function timeOne(launcher: Launcher, round: number, user: string): Promise<LaunchLine> {
  const marks: Record<string, number> = {};
  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  const mark = (what: string) => {
    marks[what] = elapsed();
  };
  const launched = await launcher.launch(mark, AbortSignal.timeout(LAUNCH_WITHIN_MS + GONE_WITHIN_MS)).catch((cause: unknown) => {
    throw new Error(`${launcher.name}, round ${round}: the launch failed after ${Math.round(elapsed())} ms`, { cause });
  });
  const totalMs = elapsed();
  await launched.verify();
  mark("verified");
  await launched.stop();
  await waitUntilGone(user, AbortSignal.timeout(GONE_WITHIN_MS));
  return { launcher: launcher.name, round, totalMs, marks };
}

async function waitUntilGone(user: string, signal: AbortSignal): Promise<void> {
  while ((await run("squeue", ["--noheader", `--user=${user}`, "--format=%i"], { signal })).stdout.trim() !== "")
    await sleep(100, undefined, { signal });
}

await main();
