// scale: a thousand sessions through one hub, over a simulated Slurm behind real commands on PATH. No
// testbed, no JupyterHub: what it measures is the hub. Needs root for namespaces of its own, where its
// network, its processes and the account's home directory are nobody else's.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "@fairway/testbed/command.ts";
import type { BenchContext } from "../cluster.ts";
import type { Figures, Report } from "../report.ts";
import { median, percentile } from "../statistics.ts";
import { ADDRESS, type ScalePlan, ScaleResult, WARM_UPS } from "./plan.ts";

const SESSIONS = 1000;
const USERS = 40;
const WINDOW_MS = 60_000;
/** How often JupyterHub asks about each server (Spawner.poll_interval, batchspawner's `squeue`). */
const PEER_PERIOD_S = 30;

type Starts = Extract<ScaleResult, { what: "starts" }>;
type Standing = Extract<ScaleResult, { what: "standing" }>;

export async function benchScale(context: BenchContext): Promise<Report> {
  const shared = { sessions: SESSIONS, users: USERS, windowMs: WINDOW_MS };
  context.say(`${SESSIONS} starts of ${USERS} people`);
  const starts = await measure(context, { ...shared, what: "starts", capacity: SESSIONS + WARM_UPS });
  context.say(`${SESSIONS} sessions standing still, half of them waiting: two windows of a minute`);
  const standing = await measure(context, { ...shared, what: "standing", capacity: SESSIONS / 2 });
  if (starts.what !== "starts" || standing.what !== "standing") throw new Error("The measuring program answered something else.");
  return {
    bench: "scale",
    figures: { ...ofStarts(starts), ...ofStanding(standing) },
    peers: { one_squeue_each: ofOneSqueueEach(standing) },
    targets: { starts_per_s: { op: ">=", value: 30 }, hub_cpu_ms_per_start: { op: "<=", value: 10 } },
    missing: [],
    notes: [
      `per start, besides the hub itself: ${perStart(starts, starts.hubChildCpuMs)} ms of CPU for the launcher and the simulated sbatch, ${perStart(starts, starts.edgeCpuMs)} ms in the edge`,
      `ready after: median ${Math.round(median(starts.readyMs))} ms, last ${Math.round(Math.max(...starts.readyMs))} ms`,
      `squeue in a minute: quiet ${standing.quiet.squeues}, while something starts ${standing.busy.squeues}`,
    ],
  };
}

function ofStarts(starts: Starts): Figures {
  return {
    starts_per_s: starts.readyMs.length / (Math.max(...starts.readyMs) / 1000),
    ready_p95_ms: percentile(starts.readyMs, 95),
    hub_cpu_ms_per_start: starts.hubCpuMs / starts.readyMs.length,
  };
}

function ofStanding({ quiet, busy }: Standing): Figures {
  // What a round costs is what the rounds of the busy minute cost more than those of the quiet one: the rest is the same.
  const rounds = busy.squeues - quiet.squeues;
  const perRound = (key: "hubCpuMs" | "hubChildCpuMs") => (busy[key] / busy.ms - quiet[key] / quiet.ms) * (busy.ms / rounds);
  return {
    watcher_cycle_ms: perRound("hubCpuMs"),
    watcher_cycle_child_ms: perRound("hubChildCpuMs"),
    squeue_calls_per_min: busy.squeues / (busy.ms / 60_000),
    watch_cpu_percent: ((perRound("hubCpuMs") + perRound("hubChildCpuMs")) * busy.squeues * 100) / busy.ms,
    hub_cpu_percent: (quiet.hubCpuMs * 100) / quiet.ms,
    hub_busy_cpu_percent: (busy.hubCpuMs * 100) / busy.ms,
    hub_rss_mb: busy.hubRssBytes / 2 ** 20,
  };
}

function ofOneSqueueEach({ oneSqueue: { callerCpuMs, childCpuMs } }: Standing): Figures {
  const perMinute = (SESSIONS * 60) / PEER_PERIOD_S;
  return {
    squeue_calls_per_min: perMinute,
    watch_cpu_percent: ((callerCpuMs + childCpuMs) * perMinute * 100) / 60_000,
    watcher_cycle_ms: callerCpuMs * SESSIONS,
    watcher_cycle_child_ms: childCpuMs * SESSIONS,
  };
}

function perStart(starts: Starts, ms: number): string {
  return (ms / starts.readyMs.length).toFixed(1);
}

/** In namespaces of its own: whatever happens, nothing of it is left, and nobody else's ports are taken. */
async function measure({ say, signal }: BenchContext, plan: Omit<ScalePlan, "folder">): Promise<ScaleResult> {
  const folder = await mkdtemp(join(tmpdir(), "fairway-scale-"));
  try {
    await writeFile(join(folder, "passwd"), withHome(await readFile("/etc/passwd", "utf8"), folder));
    const inside = `mount --bind ${folder}/passwd /etc/passwd && ip link set lo up && ip address add ${ADDRESS}/32 dev lo && exec "$@"`;
    const program = fileURLToPath(new URL("measure.ts", import.meta.url));
    const isolated = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const argv = [...isolated, "sh", "-c", inside, "sh", process.execPath, program] as const;
    const lines: string[] = [];
    const onLine = (line: string) => (line.startsWith("{") ? lines.push(line) : say(`  ${line}`));
    const done = await runCommand([...argv], { stdin: JSON.stringify({ ...plan, folder }), onLine, signal, env: { ...process.env } });
    const log = await readFile(join(folder, "serve.log"), "utf8").catch(() => "");
    if (done.code !== 0) throw new Error(`The measuring program failed: ${done.stderr.trim().slice(-2000)}\n${log.slice(-2000)}`);
    if (log !== "") say(`  Fairway's log: ${log.slice(0, 2000)}`);
    return ScaleResult.parse(JSON.parse(lines.at(-1) ?? "null"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The launcher takes a home from there, and makes a folder for each session's log in it. */
function withHome(passwd: string, home: string): string {
  return passwd.replace(/^root:(.*):[^:]*:([^:]*)$/m, `root:$1:${home}:$2`);
}
