/** A session's state as people read it: label, one line, and what to do next. Pure; used everywhere. */
import { describePendingReason, type PendingWords } from "./pending-reasons.ts";
import type { Ending, Waiting } from "./sessions.ts";
import { END_WORDS, type EndReason, type SessionState, STATE_WORDS, STOPPED_BY_STAFF, type StateTone } from "./states.ts";

export interface SessionFacts {
  readonly state: SessionState;
  readonly reason: EndReason | null;
  /** What it was asked to end for; null: nobody asked us. */
  readonly stopReason: EndReason | null;
  readonly appTitle: string;
  readonly clusterTitle: string;
  readonly clusterAwaySince: number | null;
  readonly jobId: string | null;
  readonly node: string | null;
  readonly pendingReason: string | null;
  /** Its node is still being switched on, or prepared. */
  readonly isNodeComing: boolean;
  readonly exitCode: number | null;
  readonly detail: string | null;
  readonly timeLimitSeconds: number | null;
  readonly memoryBytes: number | null;
  /** What was found out about a bad end. */
  readonly ending: Pick<Ending, "cause" | "line" | "next"> | null;
}

export interface Description {
  readonly label: string;
  readonly tone: StateTone;
  readonly line: string;
  readonly next: string | null;
}

export function describeSession(facts: SessionFacts): Description {
  if (facts.state === "ended") {
    const words = isStoppedByStaff(facts) ? STOPPED_BY_STAFF : END_WORDS[facts.reason ?? "lost"];
    const end = { label: words.label, tone: words.tone, line: fill(words.line, facts), next: words.next };
    // A cause tells more than how it ended; that none was found tells less.
    if (facts.ending === null || facts.ending.cause === "unknown") return end;
    return { ...end, line: facts.ending.line, next: facts.ending.next ?? end.next };
  }
  const { label, tone } = STATE_WORDS[facts.state];
  return { label, tone, line: lineOf(facts), next: describeAway(facts) ?? wordsOf(facts)?.next ?? whoEnds(facts) };
}

/** A job that was cancelled outside has the same reason, and nobody asked us for it. */
const isStoppedByStaff = ({ reason, stopReason }: SessionFacts) => reason === "cancelled" && stopReason === "cancelled";

function describeAway({ state, clusterAwaySince, clusterTitle }: SessionFacts): string | null {
  if (clusterAwaySince === null) return null;
  if (state === "requested") return "It is kept, and sent when the cluster answers again.";
  return `${clusterTitle} does not answer at the moment; this is the last it said.`;
}

/** Why it waits, while it does. */
function wordsOf({ state, pendingReason }: SessionFacts): PendingWords | null {
  return pendingReason !== null && (state === "pending" || state === "held") ? describePendingReason(pendingReason) : null;
}

/** A stop that this gateway may not carry out: somebody else can. */
function whoEnds({ state, detail, jobId, clusterTitle }: SessionFacts): string | null {
  if (state !== "stopping" || detail === null) return null;
  return `Until then it stays as it is. The staff of ${clusterTitle} can end it: scancel ${jobId ?? "with its number"}.`;
}

function lineOf(facts: SessionFacts): string {
  const node = facts.node ?? "its node";
  switch (facts.state) {
    case "requested":
      if (facts.clusterAwaySince !== null) return `Waiting for ${facts.clusterTitle}, which does not answer at the moment.`;
      return facts.detail === null
        ? `It is to be sent to ${facts.clusterTitle}.`
        : `${facts.clusterTitle} has not taken the job yet, and is asked again: ${facts.detail}`;
    case "submitting":
      return `Asking ${facts.clusterTitle} for the resources.`;
    case "pending":
      return wordsOf(facts)?.line ?? `In the queue of ${facts.clusterTitle}.`;
    case "held":
      return wordsOf(facts)?.line ?? "The job is on hold.";
    case "starting":
      if (facts.isNodeComing)
        return `${facts.node ?? "Its node"} is being switched on or prepared; ${facts.appTitle} starts there after that.`;
      return facts.detail === null
        ? `${facts.appTitle} is starting on ${node}.`
        : `${facts.appTitle} is starting on ${node}. ${facts.detail}`;
    case "ready":
      return `${facts.appTitle} is running on ${node}.`;
    case "unreachable":
      return `It is still running on ${node}, but does not answer. Trying again.`;
    case "suspended":
      return `${facts.clusterTitle} has suspended the job for the moment.`;
    case "stopping":
      if (facts.detail !== null)
        return `Fairway may not end ${facts.jobId === null ? "the job" : `job ${facts.jobId}`} as its owner, and asks again: ${toSentence(facts.detail)}`;
      return facts.jobId === null ? "Stopping." : `Asked ${facts.clusterTitle} to end job ${facts.jobId}.`;
    case "ended":
      return "";
  }
}

const toSentence = (words: string) => (/[.!?]$/.test(words) ? words : `${words}.`);

function fill(template: string, facts: SessionFacts): string {
  const values: Record<string, string> = {
    app: facts.appTitle,
    cluster: facts.clusterTitle,
    job: facts.jobId ?? "(unknown)",
    node: facts.node ?? "The node",
    exit: facts.exitCode === null ? "unknown" : String(facts.exitCode),
    detail: facts.detail ?? "no reason given.",
    limit: facts.timeLimitSeconds === null ? "its time" : formatDuration(facts.timeLimitSeconds),
    memory: facts.memoryBytes === null ? "memory" : formatBytes(facts.memoryBytes),
  };
  return template.replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole);
}

/** "Place 4 of 12 in gpu", "4 launches are sent before yours"; null where nothing is known. */
export function describePlace(waiting: Waiting): string | null {
  if (waiting.kind === "sending") {
    if (waiting.ahead === 0) return "Yours is sent next";
    return waiting.ahead === 1 ? "1 launch is sent before yours" : `${waiting.ahead} launches are sent before yours`;
  }
  const queue = waiting.partition ?? "the queue";
  if (waiting.ahead !== null) return `Place ${waiting.ahead + 1}${waiting.of === null ? "" : ` of ${waiting.of}`} in ${queue}`;
  return waiting.of === null ? null : `${waiting.of} ${waiting.of === 1 ? "job waits" : "jobs wait"} in ${queue}`;
}

/** "3 h 12 min", "45 s", "2 d 4 h": the two largest units that are not zero. */
export function formatDuration(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  const parts = [
    [Math.floor(total / 86_400), "d"],
    [Math.floor((total % 86_400) / 3600), "h"],
    [Math.floor((total % 3600) / 60), "min"],
    [total % 60, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([count], index) => count > 0 || index === 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

/** "16 GB", "512 MB": binary units under their usual names, as Slurm counts memory. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[unit]}`;
}
