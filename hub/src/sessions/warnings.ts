/**
 * When people are warned of a running session's end. Pure: a row and the marks (so long before the
 * end) give the moments; whether one was told already stands in the row.
 *
 * Each mark counts once for each end. An end that moves (an extension, an administrator's hand) has
 * its marks anew; those that were past when the job started never count.
 */
import type { SessionState } from "@fairway/contract/states.ts";
import type { SessionRow } from "../store/schema.ts";

/** Slurm's seconds and a suspension's rounding shift an end a little: that is the same end. */
const SAME_END_MS = 30_000;
/** Not while it is suspended: its limit does not run then, and Slurm tells the later end only when it goes on. */
const RUNNING: readonly SessionState[] = ["ready", "unreachable"];

/**
 * So long before the end an app is told to save what it can. The job's own warning signal does the same,
 * but Slurm gives it once in a job's life: after an extension it would not come again.
 */
export const SAVE_MARK_MS = 60_000;

export type WarningStep =
  | { readonly kind: "due"; readonly endsAt: number; readonly markMs: number }
  /** Nothing before this moment (epoch ms), unless its end moves. */
  | { readonly kind: "later"; readonly at: number }
  | { readonly kind: "none" };

/** When its time limit ends it, in the cluster's own word; null: no limit, not told yet, or it does not run. */
export function endOf(row: SessionRow): number | null {
  return RUNNING.includes(row.state) ? (row.job?.endsAt ?? null) : null;
}

/** The moments of all its warnings (epoch ms, the first one first), past ones included. */
export function warnTimes(row: SessionRow, marksMs: readonly number[]): number[] {
  const endsAt = endOf(row);
  return endsAt === null ? [] : validMarks(row, endsAt, marksMs).map((markMs) => endsAt - markMs);
}

/** Of several marks that were missed, only the nearest to the end is told: the others say what is true no longer. */
export function nextWarning(row: SessionRow, marksMs: readonly number[], now: number): WarningStep {
  const endsAt = endOf(row);
  if (endsAt === null || now >= endsAt) return { kind: "none" };
  const marks = validMarks(row, endsAt, marksMs);
  const nearest = marks.findLast((markMs) => endsAt - markMs <= now);
  if (nearest !== undefined && !isTold(row, endsAt, nearest)) return { kind: "due", endsAt, markMs: nearest };
  const next = marks.find((markMs) => endsAt - markMs > now);
  return next === undefined ? { kind: "none" } : { kind: "later", at: endsAt - next };
}

/** Far from the end first. */
function validMarks(row: SessionRow, endsAt: number, marksMs: readonly number[]): number[] {
  const startedAt = row.job?.startedAt ?? row.createdAt;
  return [...new Set(marksMs)].filter((markMs) => endsAt - markMs > startedAt).sort((a, b) => b - a);
}

function isTold(row: SessionRow, endsAt: number, markMs: number): boolean {
  if (row.warnedEndsAt === null || row.warnedMarkMs === null) return false;
  return Math.abs(row.warnedEndsAt - endsAt) < SAME_END_MS && row.warnedMarkMs <= markMs;
}
