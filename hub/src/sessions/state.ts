/**
 * The one place where a session's state changes: what happened (an event) to a row gives its next
 * state, as a pure function. Nothing here asks a cluster, a clock or a database.
 *
 * Invariants: only moves that the contract's table allows; `ended` is final; old news never undoes
 * newer; "could not ask" is no event at all.
 */
import type { RouteKind } from "@fairway/contract/routes.ts";
import type { JobView } from "@fairway/contract/sessions.ts";
import { canMove, type EndReason, type SessionState } from "@fairway/contract/states.ts";
import type { Job } from "../schedulers/types.ts";
import type { SessionRow, Successor } from "../store/schema.ts";
import type { SessionPatch } from "../store/sessions.ts";

export type SessionEventKind =
  | { readonly kind: "submit-started" }
  /** Surely nothing was submitted: neither queue nor accounting knows the job, and no submission is under way. */
  | { readonly kind: "not-submitted" }
  /** It was sent, and nobody can say yet whether it arrived. */
  | { readonly kind: "submit-unanswered"; readonly detail: string }
  | { readonly kind: "submitted"; readonly jobId: string }
  | { readonly kind: "submit-refused"; readonly detail: string }
  /** `askedAt`: when the cluster was asked. News older than what we know is not news. */
  | { readonly kind: "job-seen"; readonly job: Job; readonly askedAt: number }
  /** The queue no longer shows it and accounting cannot tell how it ended. */
  | { readonly kind: "job-gone" }
  | {
      readonly kind: "enrolled";
      readonly jobId: string;
      readonly restarts: number;
      readonly nonceHash: string | null;
      readonly host: string;
      /** Null: it listens on a Unix socket, at the end of its tunnel. */
      readonly port: number | null;
      /** How it is reached from now on; null: found again without its having said so, as it was before. */
      readonly route: RouteKind | null;
      /** What there is to say of that way, while it starts. */
      readonly detail: string | null;
    }
  /** It says that it listens somewhere else: nobody is led there before it has shown its key there. */
  | { readonly kind: "moved"; readonly host: string; readonly port: number }
  | { readonly kind: "sshd-listens"; readonly port: number }
  | { readonly kind: "answered" }
  | { readonly kind: "not-answering"; readonly detail: string }
  | { readonly kind: "app-exited"; readonly exitCode: number }
  | { readonly kind: "stop-asked"; readonly reason: EndReason }
  /** The cluster was asked to end it; `refusal`: this gateway may not, and why. */
  | { readonly kind: "stop-sent"; readonly refusal: string | null }
  /** Stop it while it waits, and launch this under its name: one wish, or none. */
  | { readonly kind: "swap-asked"; readonly successor: Successor };

/** What changes, and the state it leads to; null: nothing. */
export function decide(row: SessionRow, event: SessionEventKind, now: number): SessionPatch | null {
  if (row.state === "ended") return null;
  const patch = react(row, event, now);
  if (patch?.state === undefined || patch.state === row.state) return patch;
  if (!canMove(row.state, patch.state)) throw new Error(`session ${row.id}: no way from ${row.state} to ${patch.state} by ${event.kind}`);
  const forgotten = { ...(isUnsent(patch.state) ? {} : { detail: null }), ...(row.state === "suspended" ? UNWARNED : {}) };
  return { ...forgotten, ...patch };
}

/** What was said of one state is not true of the next, but for the words of a cluster that has not taken the job yet. */
const isUnsent = (state: SessionState) => state === "requested" || state === "submitting";

/** Nobody could use what was suspended: it is warned of anew before it is stopped as idle. */
const UNWARNED: SessionPatch = { idleSince: null, idleWarnedAt: null };

function react(row: SessionRow, event: SessionEventKind, now: number): SessionPatch | null {
  switch (event.kind) {
    case "submit-started":
      return row.state === "requested" ? { state: "submitting", submitStartedAt: now, submitAttempts: row.submitAttempts + 1 } : null;
    case "not-submitted":
      return onNotSubmitted(row, now);
    case "submit-unanswered":
      // While it stops, what is said of it is why that is refused.
      return isSent(row) || row.state === "stopping" ? null : { detail: event.detail };
    case "submitted":
      if (row.jobId !== null) return null;
      return row.state === "submitting" ? { state: "pending", jobId: event.jobId, detail: null } : { jobId: event.jobId };
    case "submit-refused":
      return row.jobId === null ? end(row.stopReason ?? "submit_failed", now, { detail: event.detail }) : null;
    case "job-seen":
      return onJobSeen(row, event.job, event.askedAt, now);
    case "job-gone":
      return end(row.stopReason ?? "lost", now);
    case "enrolled":
      return {
        ...(row.state === "stopping" ? {} : { state: "starting" as const, detail: event.detail }),
        enrolledAt: now,
        enrolledJob: event.jobId,
        enrolledRestarts: event.restarts,
        restarts: Math.max(row.restarts, event.restarts),
        enrolNonceHash: event.nonceHash,
        host: event.host,
        port: event.port,
        route: event.route ?? row.route,
        sshdPort: null,
        readyAt: null,
      };
    case "moved":
      return onMoved(row, event.host, event.port);
    case "sshd-listens":
      return { sshdPort: event.port };
    case "answered":
      return row.state === "starting" || row.state === "unreachable" ? { state: "ready", readyAt: row.readyAt ?? now, detail: null } : null;
    case "not-answering":
      return row.state === "ready" ? { state: "unreachable", detail: event.detail } : null;
    case "app-exited":
      return { exitCode: event.exitCode };
    case "stop-asked":
      return onStopAsked(row, event.reason, now);
    case "stop-sent":
      return row.state === "stopping" ? { detail: event.refusal } : null;
    case "swap-asked":
      return isWaiting(row.state) ? { ...onStopAsked(row, "stopped", now), successor: event.successor } : null;
  }
}

/** What has enrolled was submitted, whatever the queue shows. */
const isSent = (row: SessionRow) => row.jobId !== null || row.enrolledAt !== null;

function onNotSubmitted(row: SessionRow, now: number): SessionPatch | null {
  if (isSent(row)) return null;
  if (row.state === "stopping") return end(row.stopReason ?? "stopped", now);
  return row.state === "submitting" ? { state: "requested" } : null;
}

function onMoved(row: SessionRow, host: string, port: number): SessionPatch | null {
  if (row.host === host && row.port === port) return null;
  return { host, port, ...(row.state === "ready" || row.state === "unreachable" ? { state: "starting", readyAt: null } : {}) };
}

/** Not started, as far as is known. */
export const isWaiting = (state: SessionState) => ["requested", "submitting", "pending", "held"].includes(state);

/** A time-out of ours that comes at the same moment is nobody's wish. */
const BY_PEOPLE: readonly EndReason[] = ["stopped", "cancelled"];

/**
 * The first wish counts; what was never sent ends at once, everything else is carried out by the cluster.
 * Who stops what is being swapped wants neither.
 */
function onStopAsked(row: SessionRow, reason: EndReason, now: number): SessionPatch | null {
  if (row.state === "stopping") return row.successor === null || !BY_PEOPLE.includes(reason) ? null : { successor: null };
  if (row.state === "requested") return end(reason, now, { stopRequestedAt: now, stopReason: reason });
  return { state: "stopping", stopRequestedAt: now, stopReason: reason };
}

function onJobSeen(row: SessionRow, job: Job, askedAt: number, now: number): SessionPatch | null {
  const ended = toEndReason(job.state);
  const facts: SessionPatch = {
    job: toJobView(row, job),
    jobId: job.id,
    ...(row.enrolledAt === null ? { restarts: Math.max(row.restarts, job.restarts) } : {}),
  };
  if (ended !== null) return end(reasonOf(row, ended), now, { ...facts, exitCode: row.exitCode ?? job.exitCode });
  if (row.state === "stopping") return facts;
  if (isRequeued(row, job, askedAt)) return { ...facts, ...forgetRun(job), state: job.state === "held" ? "held" : stateOfRun(job) };
  switch (job.state) {
    case "pending":
    case "held":
      // Asked before the job told us that it runs: stale.
      return row.enrolledAt === null ? { ...facts, state: job.state } : null;
    case "running":
      return {
        ...facts,
        // Its time to start begins when its node is there.
        ...(isAwaitingNode(row) && !isNodeComing(job.rawState) ? { stateSince: now } : {}),
        ...(needsStart(row.state) ? { state: row.enrolledAt !== null && row.readyAt !== null ? "ready" : "starting" } : {}),
      };
    case "suspended":
      return { ...facts, state: "suspended" };
    default:
      return facts;
  }
}

/** Slurm has given it a node that is still being switched on, or prepared by a prolog: nothing of the job can run yet. */
const isNodeComing = (rawState: string) => /^(CONFIGURING|POWER_UP_NODE)\b/.test(rawState);

/** Who has enrolled runs, whatever was last heard of its node. */
export const isAwaitingNode = (row: SessionRow) =>
  row.state === "starting" && row.enrolledAt === null && row.job !== null && isNodeComing(row.job.state);

const needsStart = (state: SessionState) => ["requested", "submitting", "pending", "held", "suspended"].includes(state);

/** Its restart count rose above that of the run which enrolled, or a run that had enrolled waits again. */
function isRequeued(row: SessionRow, job: Job, askedAt: number): boolean {
  if (row.enrolledAt === null) return false;
  // A count never falls: that it rose is true whenever it was asked, and whatever our clock did since.
  if (job.restarts > (row.enrolledRestarts ?? 0)) return true;
  return askedAt > row.enrolledAt && (job.state === "pending" || job.state === "held");
}

function stateOfRun(job: Job): SessionState {
  return job.state === "pending" ? "pending" : job.state === "suspended" ? "suspended" : "starting";
}

/** The enrolment token lives again: the same job is starting anew. */
function forgetRun(job: Job): SessionPatch {
  return {
    enrolledAt: null,
    enrolledJob: null,
    enrolledRestarts: null,
    enrolNonceHash: null,
    host: null,
    port: null,
    route: null,
    sshdPort: null,
    readyAt: null,
    exitCode: null,
    restarts: job.restarts,
  };
}

function toJobView(row: SessionRow, job: Job): JobView {
  return {
    id: job.id,
    state: job.rawState,
    pendingReason: job.pendingReason,
    node: job.node ?? row.job?.node ?? null,
    submittedAt: job.submittedAt,
    startedAt: job.startedAt,
    endsAt: job.endsAt,
    restarts: job.restarts,
  };
}

function toEndReason(state: Job["state"]): EndReason | null {
  switch (state) {
    case "completed":
      return "exited";
    case "failed":
      return "failed";
    case "cancelled":
      return "cancelled";
    case "timeout":
      return "walltime";
    case "out_of_memory":
    case "node_fail":
    case "preempted":
      return state;
    default:
      return null;
  }
}

/** A job that we ended on purpose shows as cancelled, failed or completed: the purpose is the reason. */
function reasonOf(row: SessionRow, seen: EndReason): EndReason {
  const isOurDoing = row.stopReason !== null && ["cancelled", "exited", "failed"].includes(seen);
  return isOurDoing ? (row.stopReason ?? seen) : seen;
}

function end(reason: EndReason, now: number, more: SessionPatch = {}): SessionPatch {
  return { ...more, state: "ended", reason, endedAt: now };
}
