/** What one extension of a session gives. Pure. */
import type { Session } from "@fairway/contract/sessions.ts";

export interface Gain {
  readonly seconds: number;
  readonly endsAt: number;
  /** Until when it could be extended in all. */
  readonly latestEndsAt: number;
}

/** Less than this is not worth a click. */
const LEAST_SECONDS = 60;

/** Null when it cannot be extended now, or hardly. */
export function toGain({ extension, job }: Pick<Session, "extension" | "job">): Gain | null {
  if (extension?.kind !== "possible" || job?.endsAt == null) return null;
  const endsAt = Math.min(job.endsAt + extension.bySeconds * 1000, extension.latestEndsAt);
  const seconds = Math.floor((endsAt - job.endsAt) / 1000);
  return seconds < LEAST_SECONDS ? null : { seconds, endsAt, latestEndsAt: extension.latestEndsAt };
}
