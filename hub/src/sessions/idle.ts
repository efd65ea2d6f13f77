/**
 * Is a session idle, and what follows? Pure. What the app itself just told counts, and use over ssh, of which it
 * knows nothing: an app that cannot be asked is never idle, and nobody's absence is a reason.
 */
import type { SessionRow } from "../store/schema.ts";

export interface IdleRule {
  /** Stopped when nothing happened in it for so long. */
  readonly afterMs: number;
  /** And its owner is warned this long before. */
  readonly warnBeforeMs: number;
}

export type Activity =
  /** Something is going on at this moment: a kernel computes, say. */
  | { readonly kind: "busy" }
  /** The last that happened in it (epoch ms of our clock), of what happened before `knownUntil`. */
  | { readonly kind: "last"; readonly at: number; readonly knownUntil: number }
  /** It could not be asked. */
  | { readonly kind: "unknown" };

export type IdleStep =
  | { readonly kind: "none" }
  /** It was warned of and is used again. */
  | { readonly kind: "clear" }
  | { readonly kind: "warn"; readonly since: number; readonly stopsAt: number }
  | { readonly kind: "stop" };

/** The same last use, told twice: an app's clock is known to a second, and the way of its answer takes time. */
const SAME_MOMENT_MS = 5000;

export function decideIdle(row: SessionRow, rule: IdleRule, activity: Activity, now: number): IdleStep {
  if (row.state !== "ready" || activity.kind === "unknown") return { kind: "none" };
  const used =
    activity.kind === "busy" ? now : Math.max(activity.at, row.sshActivityAt ?? 0, row.keptAt ?? 0, row.readyAt ?? row.createdAt);
  if (row.idleSince !== null && row.idleWarnedAt !== null) {
    if (used > row.idleSince + SAME_MOMENT_MS) return { kind: "clear" };
    // Up to the last moment that it was given: whoever comes back in that one must not be too late for our news.
    const knownUntil = activity.kind === "busy" ? now : Math.min(now, activity.knownUntil);
    return knownUntil >= stopTime(row.idleSince, row.idleWarnedAt, rule) ? { kind: "stop" } : { kind: "none" };
  }
  if (now < used + rule.afterMs - rule.warnBeforeMs) return { kind: "none" };
  return { kind: "warn", since: used, stopsAt: stopTime(used, now, rule) };
}

/** What people see: only once they have been warned, since every session is idle now and then. */
export function toIdleFact(row: SessionRow, rule: IdleRule | null): { since: number; stopsAt: number } | null {
  if (rule === null || row.idleSince === null || row.idleWarnedAt === null || row.state !== "ready") return null;
  return { since: row.idleSince, stopsAt: stopTime(row.idleSince, row.idleWarnedAt, rule) };
}

/** The warning comes first, also when its time was missed because we were away. */
function stopTime(since: number, warnedAt: number, rule: IdleRule): number {
  return Math.max(since + rule.afterMs, warnedAt + Math.min(rule.warnBeforeMs, rule.afterMs));
}
