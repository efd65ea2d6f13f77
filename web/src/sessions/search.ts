/** Finds sessions by any word that stands on their row, and says how many of how many. Pure. */
import type { Session } from "@fairway/contract/sessions.ts";

/** Every word of the text must occur somewhere; upper and lower case are the same. */
export function filterSessions(sessions: readonly Session[], text: string): readonly Session[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return sessions;
  return sessions.filter((session) => {
    const haystack = toHaystack(session);
    return words.every((word) => haystack.includes(word));
  });
}

interface Found {
  readonly found: number;
  readonly loaded: number;
  /** There are older ones, among which was not looked. */
  readonly hasMore: boolean;
}

export function toFoundLine({ found, loaded, hasMore }: Found): string {
  if (found > 0) return `${found} ${found === 1 ? "session" : "sessions"}${hasMore ? `, of the newest ${loaded}` : ""}.`;
  return hasMore
    ? `None of the newest ${loaded} matches. Load older ones, or clear the filter.`
    : "None of them matches. Clear the filter to see all.";
}

function toHaystack(session: Session): string {
  const { app, profile, job, resources } = session;
  const parts = [session.id, session.user, session.name, app.title, profile?.title, session.label, session.cluster.title];
  return [...parts, job?.id, job?.node, job?.state, resources.partition, resources.account].join(" ").toLowerCase();
}
