/** The words for a bad end: the cause that was found, filled in with what this session was. Pure. */

import { formatBytes, formatDuration } from "@fairway/contract/describe-session.ts";
import { END_CAUSE_WORDS } from "@fairway/contract/end-causes.ts";
import type { Ending } from "@fairway/contract/sessions.ts";
import type { SessionRow } from "../store/schema.ts";
import { findCause, isBadEnd, type Suspicion } from "./causes.ts";
import { toLogLines } from "./log-lines.ts";

/** How many lines a cause is looked for in, and how many people see beside it. */
const LOOKED_AT = 200;
const SHOWN = 20;

/** Null: it did not end badly. `logTail`: the end of its log, "" when it has none or it cannot be read. */
export function describeEnding(row: SessionRow, logTail: string): Ending | null {
  if (row.reason === null || !isBadEnd(row.reason)) return null;
  const lines = toLogLines(logTail).slice(-LOOKED_AT);
  const suspicion = findCause({ reason: row.reason, exitCode: row.exitCode, lines });
  const { line, next } = END_CAUSE_WORDS[suspicion.cause];
  return { cause: suspicion.cause, line: fill(line, row, suspicion), next, lastLines: lines.slice(-SHOWN) };
}

function fill(template: string, row: SessionRow, { what }: Suspicion): string {
  const limit = limitSecondsOf(row);
  const values: Record<string, string> = {
    memory: row.resources.memoryBytes === null ? "its partition's default" : formatBytes(row.resources.memoryBytes),
    limit: limit === null ? "its partition" : formatDuration(limit),
    node: row.job?.node ?? row.host ?? "its node",
    what: what ?? "its log names it",
  };
  return template.replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole);
}

/** As it was in the end: it may have been raised while the job ran, and then its run is longer than what was asked. */
function limitSecondsOf({ resources, job }: SessionRow): number | null {
  const ranSeconds = job?.startedAt == null || job.endsAt == null ? 0 : (job.endsAt - job.startedAt) / 1000;
  const ran = Math.floor(ranSeconds / 60) * 60;
  return Math.max(resources.timeLimitSeconds ?? 0, ran) || null;
}
