/** Which sessions people are to be warned of now: their time runs out, or they are stopped for being idle. Pure. */

import { formatDuration } from "@fairway/contract/describe-session.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import { toSessionTitle } from "../api/session-lists.ts";

export interface Warning {
  readonly session: Session;
  readonly kind: "end" | "idle";
  readonly at: number;
  /** The same warning keeps it; the next mark, or another end, makes another one. */
  readonly key: string;
}

/** The most urgent first. */
export function findWarnings(sessions: readonly Session[], nowMs: number): readonly Warning[] {
  return sessions.flatMap((session) => warn(session, nowMs) ?? []).sort((a, b) => a.at - b.at);
}

/** What comes first: a session that is stopped for being idle does not live to see its end. */
function warn(session: Session, nowMs: number): Warning | null {
  if (session.state === "ended" || session.state === "stopping") return null;
  const end = warnOfEnd(session, nowMs);
  const idle = warnOfIdleness(session, nowMs);
  if (end === null || idle === null) return end ?? idle;
  return idle.at < end.at ? idle : end;
}

function warnOfEnd(session: Session, nowMs: number): Warning | null {
  const endsAt = session.job?.endsAt ?? null;
  const mark = Math.max(...session.warnAt.filter((at) => at <= nowMs));
  if (endsAt === null || endsAt <= nowMs || !Number.isFinite(mark)) return null;
  return { session, kind: "end", at: endsAt, key: `${session.id} end ${endsAt} ${mark}` };
}

function warnOfIdleness(session: Session, nowMs: number): Warning | null {
  const { idle } = session;
  if (idle === null || idle.stopsAt <= nowMs) return null;
  return { session, kind: "idle", at: idle.stopsAt, key: `${session.id} idle ${idle.stopsAt}` };
}

/** "9 min 30 s", "12 min": seconds only when they count. */
export function toRemaining(at: number, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((at - nowMs) / 1000));
  return formatDuration(seconds < 120 ? seconds : Math.ceil(seconds / 60) * 60);
}

/** With its slot, because there may be several of a kind. */
export function toWarnedTitle(session: Session): string {
  return session.name === "" ? toSessionTitle(session) : `${toSessionTitle(session)} (${session.name})`;
}

export interface WarningWords {
  readonly headline: string;
  readonly advice: string;
}

/** The warning for those who cannot see the page. */
export function toWords({ session, kind, at }: Warning, nowMs: number): WarningWords {
  const title = toWarnedTitle(session);
  if (kind === "idle") return { headline: `${title} will be stopped in ${toRemaining(at, nowMs)}`, advice: "It is idle." };
  return { headline: `${title} ends in ${toRemaining(at, nowMs)}`, advice: "Save your work." };
}
