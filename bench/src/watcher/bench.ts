// watcher: how often Slurm is asked because somebody watches sessions, most of which wait in the queue.
// Each gateway has a cluster of its own, so that nobody else's questions are counted.
import { setTimeout as sleep } from "node:timers/promises";
import { people, type Testbed } from "@fairway/testbed/index.ts";
import { nodeCpus } from "@fairway/testbed/slurm-conf.ts";
import { type BenchContext, withCluster } from "../cluster.ts";
import { startFairwaySite } from "../fairway/site.ts";
import { ensureJupyterHub } from "../jupyterhub/build.ts";
import { startJupyterHub } from "../jupyterhub/site.ts";
import type { Figures, Report } from "../report.ts";
import { type Crowd, planSlots } from "./crowd.ts";
import { createFairwayCrowd } from "./fairway-crowd.ts";
import { createJupyterHubCrowd } from "./jupyterhub-crowd.ts";
import { type Reading, readShape, readWindow, waitForShape } from "./window.ts";

const FEW = 40;
const MANY = 300;
const CPUS = 4;
const MEMORY = "1G";
/** The quiet one is longer: little happens in it, so it must see more of it. */
const WINDOW_MS = { still: 120_000, moving: 60_000 };
/** After the last change, until a gateway may call it quiet. */
const SETTLE_MS = 20_000;
const SUBMITS_AT_ONCE = 8;
const SHAPED_WITHIN_MS = 240_000;
const USERS = people.flatMap(({ name }) => (name.startsWith("student") ? [name] : [])).slice(0, 10);

interface Readings {
  readonly idle: Reading;
  readonly starting: Reading;
}

export async function benchWatcher(context: BenchContext): Promise<Report> {
  const missing = [`jupyterhub with ${MANY} sessions: it refuses more than 100 starts at a time (concurrent_spawn_limit)`];
  const few = await measureFairway(context, FEW, "jupyterlab");
  const many = await measureFairway(context, MANY, "noop");
  const peer = await measureJupyterHub(context).catch((error: unknown) => {
    context.signal.throwIfAborted();
    missing.push(`jupyterhub: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  });
  const limit = (value: number) => ({ op: "<=", value }) as const;
  return {
    bench: "watcher",
    figures: { ...toFigures(few, ""), ...toFigures(many, `_${MANY}`) },
    peers: peer === null ? {} : { jupyterhub: toFigures(peer, "") },
    targets: {
      starting_rpcs_per_min: limit(30),
      idle_rpcs_per_min: limit(6),
      starting_300_rpcs_per_min: limit(30),
      idle_300_rpcs_per_min: limit(6),
    },
    missing,
    notes: [
      ...describe(`fairway, ${FEW}`, few),
      ...describe(`fairway, ${MANY}`, many),
      ...(peer === null ? [] : describe(`jupyterhub, ${FEW}`, peer)),
    ],
  };
}

function measureFairway(context: BenchContext, count: number, app: string): Promise<Readings> {
  const resources = { cpus: CPUS, memory: MEMORY, time: "1h", partition: "batch" };
  const profile = { name: "bench", title: "Bench", app, cluster: "testbed", resources };
  return withCluster(context, async (testbed) => {
    context.say(`Fairway with ${count} sessions of ${app}`);
    const site = await startFairwaySite(testbed, { profiles: [profile], sessionsPerUser: count });
    return measure(context, testbed, await createFairwayCrowd(site, profile.name, USERS, context.signal), count);
  });
}

async function measureJupyterHub(context: BenchContext): Promise<Readings> {
  const folder = await ensureJupyterHub(context);
  return withCluster(context, async (testbed) => {
    context.say(`JupyterHub with ${FEW} servers`);
    const site = await startJupyterHub(testbed, { folder, cpus: CPUS, memory: MEMORY, users: USERS }, context.signal);
    return measure(context, testbed, createJupyterHubCrowd(site), FEW);
  });
}

async function measure(context: BenchContext, testbed: Testbed, crowd: Crowd, count: number): Promise<Readings> {
  const { say, signal } = context;
  const slots = planSlots(USERS, count);
  const launchSome = async () => {
    for (let slot = slots.shift(); slot !== undefined; slot = slots.shift()) await crowd.launch(slot, signal);
  };
  await Promise.all(Array.from({ length: SUBMITS_AT_ONCE }, launchSome));
  const running = Math.floor(nodeCpus / CPUS) * testbed.layout.spec.computeNodes;
  const shape = { running, pending: count - running };
  await waitForShape(testbed, crowd, shape, AbortSignal.any([signal, AbortSignal.timeout(SHAPED_WITHIN_MS)]));
  say(`  ${shape.running} are ready, ${shape.pending} wait`);
  await sleep(SETTLE_MS, undefined, { signal });
  const idle = await readWindow(context, testbed, crowd, { movement: "still", windowMs: WINDOW_MS.still });
  const unchanged = await readShape(testbed, signal);
  if (unchanged.running !== shape.running || unchanged.pending !== shape.pending)
    throw new Error(`The queue did not stay as it was: ${JSON.stringify(unchanged)} instead of ${JSON.stringify(shape)}.`);
  return { idle, starting: await readWindow(context, testbed, crowd, { movement: "moving", windowMs: WINDOW_MS.moving }) };
}

function toFigures({ idle, starting }: Readings, infix: string): Figures {
  return { [`starting${infix}_rpcs_per_min`]: starting.perMinute, [`idle${infix}_rpcs_per_min`]: idle.perMinute };
}

function describe(who: string, { idle, starting }: Readings): string[] {
  const list = (counts: ReadonlyMap<string, number>) => [...counts].map(([key, count]) => `${key} ${count}`).join(", ") || "none";
  const line = (what: string, { byType, byUser, minutes }: Reading) =>
    `${who}, ${what}, ${minutes.toFixed(2)} min: ${list(byType)}; of all calls, by user: ${list(byUser)}`;
  return [line("idle", idle), line(`starting (${starting.moved} replaced)`, starting)];
}
