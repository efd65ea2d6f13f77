/** What is known of a session beside its state, in words: why it waits, time left, how it ended, what it used. Pure. */

import { describePlace, formatBytes, formatDuration } from "@fairway/contract/describe-session.ts";
import type { Alternative, Estimate } from "@fairway/contract/launching.ts";
import type { ExpectedStart, Session, Usage } from "@fairway/contract/sessions.ts";
import { formatMoment } from "./times.ts";

/** A label and what stands behind it. */
export type Fact = readonly [label: string, text: string];

/** Everything about it, in the order in which people ask. */
export function toFacts(session: Session, nowMs: number): readonly Fact[] {
  return [...describeJob(session), ...describeWaiting(session, nowMs), ...describeTime(session, nowMs), ...describeEnd(session, nowMs)];
}

function describeJob({ job, cluster, resources, next }: Session): Fact[] {
  const { cpus, memoryBytes, gpus, partition } = resources;
  const parts = [
    partition,
    `${cpus} ${cpus === 1 ? "core" : "cores"}`,
    memoryBytes === null ? null : formatBytes(memoryBytes),
    gpus === null ? null : `${gpus.count} × ${gpus.type ?? "GPU"}`,
  ];
  return [
    ...(next === null ? [] : [["Next", next] as const]),
    ["Asked for", parts.filter((part) => part !== null).join(", ")],
    ["Cluster", cluster.title],
    ...(job === null ? [] : [["Job", `${job.id}, ${jobWords(job)}${job.node === null ? "" : `, on ${job.node}`}`] as const]),
  ];
}

const jobWords = ({ state, pendingReason }: NonNullable<Session["job"]>) =>
  pendingReason === null ? state : `${state} (${pendingReason})`;

function describeWaiting({ waiting }: Session, nowMs: number): Fact[] {
  if (waiting === null) return [];
  const place = describePlace(waiting);
  const start = waiting.kind === "queue" ? waiting.expectedStart : null;
  return [
    ...(place === null ? [] : [["Place", place] as const]),
    ...(start === null ? [] : [["Expected start", `about ${formatMoment(start.at, nowMs)} (${sourceWords(start, nowMs)})`] as const]),
  ];
}

function sourceWords({ source, asOf }: ExpectedStart, nowMs: number): string {
  return `${source === "queue" ? "the scheduler's plan" : "a trial submission"}, ${age(asOf, nowMs)}`;
}

function describeTime({ job, extension, idle, state }: Session, nowMs: number): Fact[] {
  const isRunning = state === "starting" || state === "ready" || state === "unreachable";
  if (!isRunning) return [];
  const facts: Fact[] = [];
  if (job?.endsAt != null)
    facts.push(["Time left", `${formatDuration(Math.max(0, job.endsAt - nowMs) / 1000)}, until ${formatMoment(job.endsAt, nowMs)}`]);
  if (extension?.kind === "possible") {
    facts.push([
      "Extension",
      `${formatDuration(extension.bySeconds)} at a time, until ${formatMoment(extension.latestEndsAt, nowMs)} at most`,
    ]);
  } else if (extension !== null) facts.push(["Extension", extension.line]);
  if (idle !== null) {
    facts.push([
      "Idle",
      `since ${formatMoment(idle.since, nowMs)}; stopped at ${formatMoment(idle.stopsAt, nowMs)} unless you use or keep it`,
    ]);
  }
  return facts;
}

function describeEnd({ state, endedAt, exitCode, ending, usage }: Session, nowMs: number): Fact[] {
  if (state !== "ended") return [];
  return [
    ...(endedAt === null ? [] : [["Ended", formatMoment(endedAt, nowMs)] as const]),
    ...(exitCode === null ? [] : [["Exit code", String(exitCode)] as const]),
    ...(usage === null ? [] : [["Used", describeUsage(usage)] as const]),
    ...(usage?.hint == null ? [] : [["Hint", usage.hint] as const]),
    ...(ending === null || ending.lastLines.length === 0 ? [] : [["Last lines", ending.lastLines.join("\n")] as const]),
  ];
}

/** "10 min; CPU 27 %; memory at most 3.1 GB (19 %)" */
export function describeUsage({ elapsedSeconds, cpuFraction, maxMemoryBytes, memoryFraction, gpuFraction }: Usage): string {
  const share = memoryFraction === null ? "" : ` (${toPercent(memoryFraction)})`;
  const parts = [
    formatDuration(elapsedSeconds),
    cpuFraction === null ? null : `CPU ${toPercent(cpuFraction)}`,
    maxMemoryBytes === null ? null : `memory at most ${formatBytes(Math.ceil(maxMemoryBytes / 2 ** 20) * 2 ** 20)}${share}`,
    gpuFraction === null ? null : `GPU ${toPercent(gpuFraction)}`,
  ];
  return parts.filter((part) => part !== null).join("; ");
}

/** "" where it is not known: an empty cell. */
export function toPercent(fraction: number | null): string {
  if (fraction === null) return "";
  return fraction > 0 && fraction < 0.01 ? "under 1 %" : `${Math.round(fraction * 100)} %`;
}

/** In the line of what a launch waits for; without ages, which would make it another line every second. */
export function describeQueue(waiting: Session["waiting"], nowMs: number): string {
  if (waiting === null) return "";
  const start =
    waiting.kind === "queue" && waiting.expectedStart !== null
      ? `expected start about ${formatMoment(waiting.expectedStart.at, nowMs)}`
      : null;
  const parts = [describePlace(waiting), start].filter((part) => part !== null);
  return parts.length === 0 ? "" : `${parts.join("; ")}.`;
}

export function describeEstimate(estimate: Estimate, nowMs: number): string {
  switch (estimate.kind) {
    case "now":
      return `It would start at once (${age(estimate.asOf, nowMs)}).`;
    case "at":
      return `It would start at about ${formatMoment(estimate.at, nowMs)} (${age(estimate.asOf, nowMs)}).`;
    case "unknown":
      return `When it would start is not known: ${estimate.line}`;
  }
}

/** Numbered as `fairway start-instead --take` counts them. */
export function describeAlternatives(alternatives: readonly Alternative[]): readonly string[] {
  return alternatives.map(({ line }, index) => `${index + 1}. ${line}`);
}

const age = (asOf: number, nowMs: number) => `${formatDuration(Math.max(0, nowMs - asOf) / 1000)} old`;
