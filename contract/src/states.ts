/**
 * A session's life: the states, which may follow which, why it ended, and the words for each.
 *
 * Hub, edge, portal, CLI and docs all read this table; none of them keeps words of its own.
 */
export const SESSION_STATES = [
  "requested",
  "submitting",
  "pending",
  "held",
  "starting",
  "ready",
  "unreachable",
  "suspended",
  "stopping",
  "ended",
] as const;
export type SessionState = (typeof SESSION_STATES)[number];

export const END_REASONS = [
  "stopped",
  "exited",
  "idle",
  "walltime",
  "cancelled",
  "preempted",
  "out_of_memory",
  "node_fail",
  "failed",
  "submit_failed",
  "pending_timeout",
  "start_timeout",
  "lost",
] as const;
export type EndReason = (typeof END_REASONS)[number];

/**
 * From each state, the states that may come next. `ended` is final. A job that Slurm requeues goes
 * back to `pending` from wherever it was (or, seen too late for that, to `starting`): it is the same
 * session starting again. From `requested` straight on: its job was found again after the database
 * had been restored from a backup.
 */
export const TRANSITIONS: Readonly<Record<SessionState, readonly SessionState[]>> = {
  requested: ["submitting", "pending", "held", "starting", "suspended", "stopping", "ended"],
  submitting: ["requested", "pending", "held", "starting", "suspended", "stopping", "ended"],
  pending: ["held", "starting", "ready", "suspended", "unreachable", "stopping", "ended"],
  held: ["pending", "starting", "ready", "suspended", "unreachable", "stopping", "ended"],
  starting: ["pending", "held", "ready", "unreachable", "suspended", "stopping", "ended"],
  ready: ["pending", "held", "starting", "unreachable", "suspended", "stopping", "ended"],
  unreachable: ["pending", "held", "starting", "ready", "suspended", "stopping", "ended"],
  suspended: ["pending", "held", "starting", "ready", "unreachable", "stopping", "ended"],
  stopping: ["ended"],
  ended: [],
};

export type StateTone = "busy" | "waiting" | "good" | "warning" | "bad" | "quiet";

/** Label and tone of a state. The one-line text depends on the session: see `describe-session.ts`. */
export const STATE_WORDS: Readonly<Record<SessionState, { label: string; tone: StateTone }>> = {
  requested: { label: "Sending", tone: "busy" },
  submitting: { label: "Sending", tone: "busy" },
  pending: { label: "Waiting", tone: "waiting" },
  held: { label: "On hold", tone: "warning" },
  starting: { label: "Starting", tone: "busy" },
  ready: { label: "Ready", tone: "good" },
  unreachable: { label: "Not reachable", tone: "warning" },
  suspended: { label: "Suspended", tone: "warning" },
  stopping: { label: "Stopping", tone: "busy" },
  ended: { label: "Ended", tone: "quiet" },
};

interface EndWords {
  readonly label: string;
  readonly tone: StateTone;
  readonly line: string;
  readonly next: string;
}

/** Of a `cancelled` that an administrator asked us for, and that did not come about outside. */
export const STOPPED_BY_STAFF: EndWords = {
  label: "Stopped by staff",
  tone: "warning",
  line: "The staff of this site stopped it.",
  next: "Ask them if you do not know why; else launch it again.",
};

/** Label, line and way out of each end. `{…}` is filled in by `describe-session.ts`. */
export const END_WORDS: Readonly<Record<EndReason, EndWords>> = {
  stopped: { label: "Stopped", tone: "quiet", line: "You stopped it.", next: "Launch it again whenever you like." },
  exited: { label: "Finished", tone: "quiet", line: "{app} ended by itself.", next: "Launch it again whenever you like." },
  idle: {
    label: "Stopped when idle",
    tone: "quiet",
    line: "It was idle for too long and was stopped to free its resources.",
    next: "Launch it again whenever you like.",
  },
  walltime: {
    label: "Time was up",
    tone: "warning",
    line: "Ended at its limit of {limit}. Saved files are kept; unsaved changes may be lost.",
    next: "Launch it again, with more time if you need it.",
  },
  cancelled: {
    label: "Cancelled",
    tone: "warning",
    line: "Job {job} was cancelled outside Fairway.",
    next: "If that was not you, ask your cluster's staff; else launch it again.",
  },
  preempted: {
    label: "Preempted",
    tone: "warning",
    line: "A job with higher priority took its place.",
    next: "Launch it again, or choose a partition that is not preempted.",
  },
  out_of_memory: {
    label: "Out of memory",
    tone: "bad",
    line: "It needed more than the {memory} asked for.",
    next: "Launch it again with more memory.",
  },
  node_fail: {
    label: "Node failed",
    tone: "bad",
    line: "{node} went down. Nothing you did.",
    next: "Launch it again; it will run on another node.",
  },
  failed: {
    label: "Failed",
    tone: "bad",
    line: "{app} ended with an error (exit code {exit}).",
    next: "Read the last lines of the log, then launch it again.",
  },
  submit_failed: {
    label: "Not accepted",
    tone: "bad",
    line: "{cluster} refused the job: {detail}",
    next: "Change the options and launch it again.",
  },
  pending_timeout: {
    label: "Waited too long",
    tone: "warning",
    line: "It did not start within the time this profile allows for waiting.",
    next: "Try again later, or choose a smaller profile.",
  },
  start_timeout: {
    label: "Did not start",
    tone: "bad",
    line: "{app} did not answer on {node} in time.",
    next: "Read the log, then launch it again.",
  },
  lost: {
    label: "Lost",
    tone: "bad",
    line: "{cluster} no longer knows job {job}, and its accounting does not tell how it ended.",
    next: "Launch it again; tell your cluster's staff if it happens twice.",
  },
};

/** States in which a job exists, or may exist, on the cluster. */
export function isOpen(state: SessionState): boolean {
  return state !== "ended";
}

export function canMove(from: SessionState, to: SessionState): boolean {
  return TRANSITIONS[from].includes(to);
}
