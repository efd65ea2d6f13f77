/**
 * The init report of a cluster, by the running hub: who commands run as and where, Slurm's version and the settings
 * that matter, and by a short job what every route to its nodes comes to. It changes nothing on the cluster but
 * for these jobs, which it stops.
 */
import { ROUTE_WORDS, type RouteKind } from "@fairway/contract/routes.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { partitionOf } from "../routes/choose-route.ts";
import { followProbe, type ProbeRequest, type ProbeSessionOptions, startProbe, stopProbe } from "../routes/probe-session.ts";
import { type RouteReport, TRY_MS, tryRoutes } from "../routes/try-routes.ts";
import type { AppAsker } from "../sessions/app-asker.ts";
import { hostOf } from "../sessions/upstream.ts";
import { describeRow } from "../sessions/view.ts";
import type { RouteStore } from "../store/routes.ts";
import type { RouteRow, SessionRow } from "../store/schema.ts";
import type { Finding } from "./finding.ts";
import { run, slurmEnvOf, tail } from "./look.ts";
import { describeSlurm } from "./slurm-facts.ts";

export interface ClusterProbeOptions extends ProbeSessionOptions {
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly asker: AppAsker;
  readonly routes: RouteStore;
  readonly hasDoor: boolean;
}

export interface ProbeWish {
  readonly cluster: string;
  /** As whom the job runs. */
  readonly user: string;
  readonly partition: string | null;
}

type Tell = (finding: Finding) => void;

const ASKS = 5;
const SSHD_WITHIN_MS = 20_000;

/** Tells each finding as it is found; the jobs are stopped also when aborted. */
export async function probeCluster(wish: ProbeWish, options: ClusterProbeOptions, tell: Tell, signal: AbortSignal): Promise<void> {
  const cluster = options.clusters.get(wish.cluster);
  if (cluster === undefined) {
    const known = [...options.clusters.keys()].join(", ");
    return tell({ level: "fail", what: `there is no cluster ${wish.cluster}`, next: `There are: ${known}.` });
  }
  await tellWho(cluster, tell, signal);
  const first = await runProbe({ ...wish, route: null }, cluster, options, tell, signal);
  if (first === null || first.route === "tunnel" || cluster.config.scheduler === "local") return;
  if (!options.hasDoor)
    return tell({ level: "warn", what: `${cluster.name}: tunnel: this site has no door`, next: "Set door, if jobs are to dial out." });
  await runProbe({ ...wish, route: "tunnel" }, cluster, options, tell, signal);
}

async function tellWho(cluster: Cluster, tell: Tell, signal: AbortSignal): Promise<void> {
  const { name, config, transport } = cluster;
  const env = slurmEnvOf(config);
  const ask = (...argv: [string, ...string[]]) => run(transport.exec, argv, env, { timeoutMs: config.command_timeout, signal });
  const who = await ask("sh", "-c", 'echo "$(id -un) on $(uname -n)"');
  const where = config.ssh === undefined ? "on this machine" : `over ssh (${config.ssh.hosts.join(", ")})`;
  tell(
    who.exitCode === 0
      ? { level: "ok", what: `${name}: commands run as ${who.stdout.trim()}, ${where}` }
      : {
          level: "fail",
          what: `${name}: no command can be run ${where}: ${tail(who)}`,
          next: "Check ssh by hand, as this account.",
        },
  );
  tell({ level: "ok", what: `${name}: jobs run as ${describeActing(cluster)}` });
  if (config.scheduler !== "slurm") return;
  const slurm = await ask("scontrol", "show", "config");
  if (slurm.exitCode === 0) for (const finding of describeSlurm(name, slurm.stdout)) tell(finding);
  else tell({ level: "fail", what: `${name}: Slurm does not answer: ${tail(slurm)}`, next: "Check slurmctld, and bin_dir." });
}

function describeActing({ config, transport }: Cluster): string {
  switch (config.act_as) {
    case "sudo":
      return "the person, through sudo and the launcher";
    case "certificate":
      return "the person, by a certificate of some minutes and the launcher";
    case "service":
      return `${transport.accountOf("")}, for everybody`;
  }
}

/** @returns the row when it was reached; null when it was not, which has been told. */
async function runProbe(
  request: ProbeRequest,
  cluster: Cluster,
  options: ClusterProbeOptions,
  tell: Tell,
  signal: AbortSignal,
): Promise<SessionRow | null> {
  const label = request.route === null ? "a job" : `a job by ${request.route}`;
  const onState = (row: SessionRow) => {
    if (row.state === "ready" || row.state === "ended") return;
    const { label: state, line } = describeRow(row, cluster);
    tell({ level: "ok", what: `${cluster.name}: ${label} ${row.jobId === null ? "" : `(${row.jobId}) `}- ${state}: ${line}` });
  };
  const row = await startProbe(request, options, onState, signal);
  try {
    if (row.state === "ended") {
      const { line } = describeRow(row, cluster);
      tell({ level: "fail", what: `${cluster.name}: ${label} ended: ${line}`, next: `Its log: fairway logs ${row.id}, as ${row.user}.` });
      return null;
    }
    await tellReached(row, cluster, request, options, tell, signal);
    return row;
  } finally {
    await stopProbe(row.id, options);
  }
}

async function tellReached(
  row: SessionRow,
  cluster: Cluster,
  request: ProbeRequest,
  options: ClusterProbeOptions,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  const { asker, routes } = options;
  const route = row.route ?? "direct";
  const isFound = request.route === null && cluster.config.route === "auto";
  const ms = await measure(row, cluster, asker, signal);
  const how = isFound ? "found by trying" : "as it was set";
  tell({
    level: "ok",
    what: `${cluster.name}: ${route}: ready on ${row.job?.node ?? row.host}, ${ROUTE_WORDS[route].line}, ${how}; answers in ${ms} ms`,
  });
  if (isFound) await tellOthers(row, cluster, route, await routes.of(cluster.name, partitionOf(row)), tell, signal);
  if (cluster.config.ssh_into_sessions) tell(await findSshd(row, cluster, options, signal));
}

/** The other ways: tried now where the app's port is known, else as they were when this one was found. */
async function tellOthers(
  row: SessionRow,
  cluster: Cluster,
  route: RouteKind,
  found: RouteRow | null,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  if (row.port === null) {
    if (found !== null) tell({ level: "ok", what: `${cluster.name}: when that was found: ${found.detail}` });
    return;
  }
  const target = { host: hostOf(row, cluster), port: row.port, node: row.job?.node ?? null, forwards: cluster.transport.forwards };
  for (const report of await tryRoutes(target, TRY_MS, signal)) if (report.route !== route) tell(toFinding(cluster, report));
}

/** It is started after the app, and says so itself. */
async function findSshd(row: SessionRow, cluster: Cluster, options: ProbeSessionOptions, signal: AbortSignal): Promise<Finding> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(SSHD_WITHIN_MS)]);
  for await (const { state, sshdPort } of followProbe(row.id, options, deadline)) {
    if (state === "ended") break;
    if (sshdPort !== null) return { level: "ok", what: `${cluster.name}: the session's own sshd runs: people can ssh into sessions` };
  }
  signal.throwIfAborted();
  return {
    level: "warn",
    what: `${cluster.name}: the session has no sshd`,
    next: "Install openssh-server on the nodes (it need not run), for ssh into sessions.",
  };
}

/** Of a few questions, each on a connection of its own, the one in the middle. */
async function measure(row: SessionRow, cluster: Cluster, asker: AppAsker, signal: AbortSignal): Promise<string> {
  const times: number[] = [];
  for (let count = 0; count < ASKS; count += 1) {
    const startedAt = performance.now();
    await asker.ask(row, cluster, "", signal);
    times.push(performance.now() - startedAt);
  }
  return (times.sort((a, b) => a - b)[Math.floor(ASKS / 2)] ?? 0).toFixed(1);
}

function toFinding(cluster: Cluster, { route, ok, detail, ms }: RouteReport): Finding {
  return ok
    ? { level: "ok", what: `${cluster.name}: ${route}: would do, too (${detail} in ${ms} ms)` }
    : { level: "warn", what: `${cluster.name}: ${route}: ${detail}`, next: "Not needed as long as another route does." };
}
