/** A session's row -> what people and programs see of it. */
import { describeSession } from "@fairway/contract/describe-session.ts";
import { toSessionPath } from "@fairway/contract/names.ts";
import type { Session, Step } from "@fairway/contract/sessions.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { SessionRow } from "../store/schema.ts";
import { takesStreams } from "./door-target.ts";
import { isAwaitingNode } from "./state.ts";

export function describeRow(row: SessionRow, cluster: Cluster | undefined) {
  const description = { ...describe(row, cluster), ...describeSwap(row) };
  if (cluster !== undefined || row.state === "ended") return description;
  return { ...description, next: `This site no longer has the cluster ${row.cluster}. Stop the session to free its name.` };
}

function describeSwap({ state, successor, detail }: SessionRow): { line?: string } {
  return state === "stopping" && successor !== null && detail === null
    ? { line: "Giving up its place: another shape of it starts instead." }
    : {};
}

function describe(row: SessionRow, cluster: Cluster | undefined) {
  return describeSession({
    state: row.state,
    reason: row.reason,
    stopReason: row.stopReason,
    appTitle: row.appTitle,
    clusterTitle: cluster?.title ?? row.cluster,
    clusterAwaySince: cluster?.health.awaySince ?? null,
    jobId: toJobId(row),
    node: nodeOf(row),
    pendingReason: row.job?.pendingReason ?? null,
    isNodeComing: isAwaitingNode(row),
    exitCode: row.exitCode,
    detail: row.detail,
    timeLimitSeconds: row.resources.timeLimitSeconds,
    memoryBytes: row.resources.memoryBytes,
    ending: row.ending,
  });
}

/** What is known of a session beyond its row: the clusters' news, and what the site's rules make of it. */
export interface ViewFacts {
  waiting(row: SessionRow): Session["waiting"];
  warnAt(row: SessionRow): number[];
  extension(row: SessionRow): Session["extension"];
  idle(row: SessionRow): Session["idle"];
}

export const NO_FACTS: ViewFacts = {
  waiting: () => null,
  warnAt: () => [],
  extension: () => null,
  idle: () => null,
};

export function toSessionView(row: SessionRow, cluster: Cluster | undefined, baseUrl: string, facts: ViewFacts): Session {
  const url = `${baseUrl.slice(0, -1)}${toSessionPath(row.user, row.name)}`;
  return {
    id: row.id,
    user: row.user,
    name: row.name,
    app: { name: row.app, title: row.appTitle },
    profile: row.profile === null ? null : { name: row.profile, title: row.profileTitle ?? row.profile },
    options: row.options,
    cluster: { name: row.cluster, title: cluster?.title ?? row.cluster, awaySince: cluster?.health.awaySince ?? null },
    state: row.state,
    reason: row.reason,
    stateSince: row.stateSince,
    ...describeRow(row, cluster),
    job: toJob(row),
    resources: row.resources,
    steps: toSteps(row),
    url,
    openUrl: `${url}${row.openPath}`,
    runsAs: cluster?.transport.accountOf(row.user) ?? row.user,
    exitCode: row.exitCode,
    detail: row.detail,
    createdAt: row.createdAt,
    readyAt: row.readyAt,
    endedAt: row.endedAt,
    lastActivityAt: row.lastActivityAt,
    waiting: facts.waiting(row),
    warnAt: facts.warnAt(row),
    extension: facts.extension(row),
    idle: facts.idle(row),
    ending: row.ending,
    usage: row.usage,
    route: row.route,
    ssh: row.state === "ready" && (row.sshdPort !== null || takesStreams(cluster)),
  };
}

/** A job may be heard of before the answer to its submission is. */
const toJobId = (row: SessionRow) => row.jobId ?? row.enrolledJob;

/** What the cluster said, completed by what the job itself has told since: it is heard first. */
function toJob(row: SessionRow): Session["job"] {
  const id = toJobId(row);
  if (id === null) return null;
  const unknown = {
    id,
    state: "PENDING",
    pendingReason: null,
    node: null,
    submittedAt: row.submitStartedAt,
    startedAt: null,
    endsAt: null,
    restarts: row.restarts,
  };
  const job = { ...(row.job ?? unknown), ...(row.state === "suspended" ? { endsAt: null } : {}) };
  if (row.enrolledAt === null || job.startedAt !== null) return job;
  // Heard from, and the cluster not asked since: until it tells, its time is what we asked for.
  const { timeLimitSeconds } = row.resources;
  const endsAt = timeLimitSeconds === null ? null : row.enrolledAt + timeLimitSeconds * 1000;
  return { ...job, state: "RUNNING", pendingReason: null, node: nodeOf(row), startedAt: row.enrolledAt, endsAt };
}

const LABELS = {
  send: { done: "Sent to the cluster", other: "Send to the cluster" },
  queue: { done: "Waited in the queue", other: "Wait in the queue" },
  start: { done: "Job started on its node", other: "Start on a node" },
  answer: { done: "App answers", other: "Wait for the app to answer" },
} as const;

/**
 * The way to ready. Each step ends where the next begins: accepted by the cluster, given its node,
 * heard from, answering. A step that was not reached when the session ended stays "not yet".
 */
export function toSteps(row: SessionRow): Step[] {
  const accepted = toJobId(row) === null ? null : (row.job?.submittedAt ?? row.submitStartedAt);
  const begun = row.job?.startedAt ?? row.enrolledAt;
  const ends = [accepted, row.state === "pending" ? null : begun, row.enrolledAt, row.readyAt];
  const isClimbing = !["ended", "stopping"].includes(row.state);
  let since: number | null = row.createdAt;
  return (["send", "queue", "start", "answer"] as const).map((name, index) => {
    const begin: number | null = since;
    const end = atLeast(ends[index] ?? null, begin ?? row.createdAt);
    since = end;
    const step = { name, since: begin };
    if (begin !== null && end !== null)
      return { ...step, label: LABELS[name].done, status: "done" as const, seconds: Math.max(0, (end - begin) / 1000) };
    return {
      ...step,
      label: LABELS[name].other,
      status: begin !== null && isClimbing ? ("active" as const) : ("todo" as const),
      seconds: null,
    };
  });
}

/** Slurm counts whole seconds, so its times may lie before ours. */
const atLeast = (time: number | null, least: number) => (time === null ? null : Math.max(time, least));

/** As the cluster names it, else as the job itself does; a local job's address says nothing. */
const nodeOf = (row: SessionRow) => row.job?.node ?? (row.host === "127.0.0.1" ? null : row.host);
