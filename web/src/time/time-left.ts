/** What is left of a session's time. Pure: the time it is comes as an argument. */
import { formatDuration } from "@fairway/contract/describe-session.ts";
import type { Session } from "@fairway/contract/sessions.ts";

export interface TimeLeft {
  readonly seconds: number;
  /** "3 h 12 min left", "45 s left", "time is up" */
  readonly text: string;
  /** What is left of the whole, 0 to 1. */
  readonly fraction: number;
  readonly isShort: boolean;
  readonly endsAt: number;
}

/** Below this, work should be saved now. */
const SHORT_SECONDS = 600;

/** Null when nothing runs out: the job has not started, has ended, or has no time limit. */
export function toTimeLeft(session: Pick<Session, "state" | "job">, nowMs: number): TimeLeft | null {
  const { job, state } = session;
  if (job === null || job.endsAt === null || job.startedAt === null || state === "ended") return null;
  const seconds = Math.max(0, Math.floor((job.endsAt - nowMs) / 1000));
  const wholeMs = job.endsAt - job.startedAt;
  return {
    seconds,
    text: seconds === 0 ? "time is up" : `${formatDuration(coarsen(seconds))} left`,
    fraction: wholeMs <= 0 ? 0 : Math.min(1, (seconds * 1000) / wholeMs),
    isShort: seconds < SHORT_SECONDS,
    endsAt: job.endsAt,
  };
}

/** Seconds only where they matter: a figure that changes every second draws the eye. */
function coarsen(seconds: number): number {
  return seconds < SHORT_SECONDS ? seconds : Math.ceil(seconds / 60) * 60;
}
