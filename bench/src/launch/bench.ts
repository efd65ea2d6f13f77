// launch: how much later than bare JupyterLab a person's is ready, through Fairway and through
// JupyterHub with batchspawner, in turn on one cluster.
import type { Testbed } from "@fairway/testbed/index.ts";
import { addressOf, type BenchContext, runOnHub, withCluster } from "../cluster.ts";
import { makeToken, startFairwaySite } from "../fairway/site.ts";
import { ensureJupyterHub } from "../jupyterhub/build.ts";
import { startJupyterHub } from "../jupyterhub/site.ts";
import type { Report } from "../report.ts";
import { LaunchLine, type LaunchPlan } from "./plan.ts";
import { describeMarks, summarize } from "./summary.ts";

const USER = "alice";
const PROFILE = "bench";
const RESOURCES = { cpus: 2, memory: "2G", partition: "batch" };

export interface LaunchOptions {
  readonly rounds: number;
}

export async function benchLaunch(context: BenchContext, { rounds }: LaunchOptions): Promise<Report> {
  const missing: string[] = [];
  const folder = await ensureJupyterHub(context).catch((error: unknown) => {
    context.signal.throwIfAborted();
    missing.push(`jupyterhub: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  });
  const lines = await withCluster(context, async (testbed) => timeAll(context, await prepare(context, testbed, folder, rounds)));
  return {
    bench: "launch",
    ...summarize(lines),
    targets: { above_floor_median_ms: { op: "<=", value: 250 }, above_floor_x_jupyterhub: { op: "<=", value: 0.25 } },
    missing,
    notes: describeMarks(lines),
  };
}

async function prepare(context: BenchContext, testbed: Testbed, folder: string | null, rounds: number): Promise<LaunchPlan> {
  const { say, signal } = context;
  say("Fairway on the hub node");
  const profile = { name: PROFILE, title: "JupyterLab", app: "jupyterlab", cluster: "testbed", resources: { ...RESOURCES, time: "1h" } };
  const site = await startFairwaySite(testbed, { profiles: [profile], sessionsPerUser: 5 });
  const fairway = { url: site.url, token: await makeToken(site, USER, signal), profile: PROFILE };
  if (folder !== null) say("JupyterHub beside it");
  const jupyterhub = folder === null ? null : await startJupyterHub(testbed, { folder, ...RESOURCES, users: [USER] }, signal);
  return {
    user: USER,
    launchers: ["floor", "fairway", ...(jupyterhub === null ? [] : (["jupyterhub"] as const))],
    rounds,
    warmUps: 1,
    floor: { hosts: ["c1", "c2"].map((node) => addressOf(testbed, node)), ...RESOURCES },
    fairway,
    jupyterhub,
  };
}

async function timeAll({ say, signal }: BenchContext, plan: LaunchPlan): Promise<LaunchLine[]> {
  const lines: LaunchLine[] = [];
  const onLine = (text: string) => {
    if (!text.startsWith("{")) return;
    const line = LaunchLine.parse(JSON.parse(text));
    const what = line.round < 0 ? "warm-up" : `round ${line.round + 1} of ${plan.rounds}`;
    const marks = Object.entries(line.marks).map(([mark, ms]) => `${mark} ${Math.round(ms)}`);
    say(`${what}: ${line.launcher} ${Math.round(line.totalMs)} ms (${marks.join(", ")})`);
    if (line.round >= 0) lines.push(line);
  };
  await runOnHub(new URL("./time-launches.ts", import.meta.url), { stdin: JSON.stringify(plan), onLine, signal });
  return lines;
}
