/**
 * Brings the hub's changes into the query cache, so that every view of a session shows the same.
 * The only writer of cached sessions besides the queries themselves.
 */
import type { SessionEvent } from "@fairway/contract/api.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { Changes } from "./changes.ts";
import { announceChange, patchPages, patchSessionList } from "./session-lists.ts";
import type { ClusterList, SessionFilter, SessionList, SessionPage } from "./types.ts";

/** Takes one event of the stream; the sentence to announce, or null. An event of a kind we do not know is passed over. */
export function applyEvent(cache: QueryClient, changes: Changes, data: string): string | null {
  const event = JSON.parse(data) as SessionEvent;
  if (event.kind === "session") {
    changes.hear(event.session);
    return applySession(cache, event.session);
  }
  if (event.kind === "clusters") applyClusters(cache, event.clusters);
  return null;
}

/** A cluster that comes or goes changes what can be launched. */
function applyClusters(cache: QueryClient, clusters: ClusterList["clusters"]): void {
  const before = cache.getQueryData<ClusterList>(["clusters"])?.clusters ?? [];
  cache.setQueryData<ClusterList>(["clusters"], { clusters });
  const isSame = before.every(({ name, awaySince }) => clusters.some((now) => now.name === name && now.awaySince === awaySince));
  if (isSame) return;
  void cache.invalidateQueries({ queryKey: ["profiles"] });
  void cache.invalidateQueries({ queryKey: ["cluster"] });
}

/** Puts a session (from the stream, or from the answer to one's own click) wherever it is shown. */
export function applySession(cache: QueryClient, session: Session): string | null {
  const before = findSession(cache, session.id);
  cache.setQueryData(["session", session.id], session);
  for (const [key, list] of cache.getQueriesData<SessionList>({ queryKey: ["sessions"] })) {
    if (list === undefined) continue;
    const sessions = patchSessionList(list.sessions, session, key[1] as SessionFilter);
    if (sessions !== list.sessions) cache.setQueryData<SessionList>(key, { ...list, sessions });
  }
  for (const [key, data] of cache.getQueriesData<InfiniteData<SessionPage>>({ queryKey: ["history"] })) {
    if (data === undefined) continue;
    const pages = patchPages(data.pages, session, key[1] as SessionFilter);
    if (pages !== data.pages) cache.setQueryData<InfiniteData<SessionPage>>(key, { ...data, pages: [...pages] });
  }
  if (before === undefined || before.state !== session.state) void cache.invalidateQueries({ queryKey: ["me"] });
  if (isAnotherNumberOpen(before, session)) void cache.invalidateQueries({ queryKey: ["profiles"] });
  return announceChange(before, session);
}

/** How many one has open decides whether another may be launched, which the profiles say. */
function isAnotherNumberOpen(before: Session | undefined, session: Session): boolean {
  const isOpen = session.state !== "ended";
  return before === undefined ? isOpen : isOpen !== (before.state !== "ended");
}

function findSession(cache: QueryClient, id: string): Session | undefined {
  const known = cache.getQueryData<Session>(["session", id]);
  if (known !== undefined) return known;
  for (const [, list] of cache.getQueriesData<SessionList>({ queryKey: ["sessions"] })) {
    const found = list?.sessions.find((session) => session.id === id);
    if (found !== undefined) return found;
  }
  return undefined;
}
