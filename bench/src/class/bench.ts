// class: forty people press launch within one second. The floor (forty sbatch), Fairway, and JupyterHub
// with batchspawner, in turn on one cluster that has room for all of them.
import { people, type Testbed } from "@fairway/testbed/index.ts";
import { type BenchContext, runOnHub, withCluster } from "../cluster.ts";
import { makeToken, startFairwaySite } from "../fairway/site.ts";
import { ensureJupyterHub } from "../jupyterhub/build.ts";
import { startJupyterHub } from "../jupyterhub/site.ts";
import type { Figures, Report } from "../report.ts";
import { parseSdiag, selectWatching, subtract, sum } from "../watcher/sdiag.ts";
import { type RushPlan, RushResult, type WayName } from "./plan.ts";
import { type Rush, summarize } from "./summary.ts";

/** 48 cores: all forty run at once. */
const COMPUTE_NODES = 3;
const WINDOW_MS = 60_000;
const ONLOOKER = "teacher";
const RESOURCES = { cpus: 1, memory: "100M", partition: "batch" };
const LAB_RESOURCES = { cpus: 1, memory: "500M", partition: "batch" };
const USERS = people.flatMap(({ name }) => (name.startsWith("student") ? [name] : []));

export interface ClassOptions {
  readonly rounds: number;
  /** Also with JupyterLab itself, which takes two cores a minute and more. */
  readonly jupyterlab: boolean;
}

export async function benchClass(context: BenchContext, { rounds, jupyterlab }: ClassOptions): Promise<Report> {
  const missing: string[] = [];
  const folder = await ensureJupyterHub(context).catch((error: unknown) => {
    context.signal.throwIfAborted();
    missing.push(`jupyterhub: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  });
  const noop = summarize(await measure(context, { app: "noop", folder, rounds, resources: RESOURCES }));
  const lab = jupyterlab ? summarize(await measure(context, { app: "jupyterlab", folder, rounds: 1, resources: LAB_RESOURCES })) : null;
  if (lab === null) missing.push("jupyterlab_…: only with --jupyterlab");
  const peer = { ...noop.peers.jupyterhub, ...prefix(lab?.peers.jupyterhub) };
  return {
    bench: "class",
    figures: { ...noop.figures, ...prefix(lab?.figures) },
    peers: folder === null ? {} : { jupyterhub: peer },
    targets: {
      above_floor_p95_ms: { op: "<=", value: 2500 },
      all_ready: { op: ">=", value: 1 },
      refused: { op: "<=", value: 0 },
      rpcs_per_min: { op: "<=", value: 30 },
    },
    missing,
  };
}

function prefix(figures: Figures = {}): Figures {
  return Object.fromEntries(Object.entries(figures).map(([key, figure]) => [`jupyterlab_${key}`, figure]));
}

interface Measurement {
  readonly app: "noop" | "jupyterlab";
  readonly folder: string | null;
  readonly rounds: number;
  readonly resources: typeof RESOURCES;
}

function measure(context: BenchContext, { app, folder, rounds, resources }: Measurement): Promise<Rush[]> {
  return withCluster(
    context,
    async (testbed) => {
      const ways = await prepare(context, testbed, { app, folder, rounds, resources });
      const rushes: Rush[] = [];
      for (let round = 0; round < rounds; round++) {
        // Each is first as often as the others are.
        for (const turn of ways.keys()) {
          const way = ways[(turn + round) % ways.length];
          if (way !== undefined) rushes.push(await rush(context, testbed, way));
        }
      }
      return rushes;
    },
    { computeNodes: COMPUTE_NODES },
  );
}

async function prepare(context: BenchContext, testbed: Testbed, { app, folder, resources }: Measurement): Promise<RushPlan["way"][]> {
  const { say, signal } = context;
  say(`a class of ${USERS.length} with ${app}`);
  const profile = { name: "class", title: "Class", app, cluster: "testbed", resources: { ...resources, time: "1h" } };
  const site = await startFairwaySite(testbed, { profiles: [profile], sessionsPerUser: 5 });
  const tokens: Record<string, string> = {};
  for (const user of [...USERS, ONLOOKER]) tokens[user] = await makeToken(site, user, signal);
  const ours = { name: "fairway", url: site.url, profile: profile.name, tokens } as const;
  const floor = { name: "floor", ...resources } as const;
  if (folder === null) return [floor, ours];
  const peer = await startJupyterHub(testbed, { folder, ...resources, users: [...USERS, ONLOOKER], app }, signal);
  return [floor, ours, { name: "jupyterhub", api: peer.api, token: peer.token }];
}

async function rush({ say, signal }: BenchContext, testbed: Testbed, way: RushPlan["way"]): Promise<Rush> {
  const readSdiag = async () => ({
    at: performance.now(),
    counts: parseSdiag(await testbed.mustExec("head", ["sdiag"], { signal })).byType,
  });
  const plan: RushPlan = { users: USERS, onlooker: ONLOOKER, way, windowMs: WINDOW_MS };
  const before = await readSdiag();
  const told = Promise.withResolvers<Rush>();
  const onLine = (line: string) => {
    if (!line.startsWith("{")) return say(`  ${line}`);
    const result = RushResult.parse(JSON.parse(line));
    readSdiag()
      .then((after) =>
        toRush(way.name, result, sum(selectWatching(subtract(after.counts, before.counts))) / ((after.at - before.at) / 60_000)),
      )
      .then(told.resolve, told.reject);
  };
  await runOnHub(new URL("./time-rush.ts", import.meta.url), { stdin: JSON.stringify(plan), onLine, signal });
  const done = await told.promise;
  const ready = done.readyMs.filter((ms) => ms !== null);
  say(
    `  ${way.name}: ${ready.length} ready, the last after ${Math.round(Math.max(...ready))} ms; ${done.rpcsPerMinute.toFixed(0)} calls a minute`,
  );
  for (const refusal of done.refused) say(`  refused: ${refusal}`);
  return done;
}

const toRush = (way: WayName, result: RushResult, rpcsPerMinute: number): Rush => ({ way, rpcsPerMinute, ...result });
