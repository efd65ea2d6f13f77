/** The sessions that ended last. The hub lists them by when they were made, and one that ran for a week was made before many. Pure. */
import type { Session } from "@fairway/contract/sessions.ts";

/** What is asked for: so many may have been made since the one that has just ended. */
export const ENDED_LATELY = { show: "ended", limit: 50 } as const;

export function byLatestEnd<T extends Pick<Session, "endedAt">>(sessions: readonly T[]): readonly T[] {
  return [...sessions].sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0));
}
