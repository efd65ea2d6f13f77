/** What the portal asks the API, under which key it is kept, and how often it is asked again. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Clock } from "../time/clock.ts";
import { isApiError, isAway } from "./api-error.ts";
import type { Changes } from "./changes.ts";
import type { Api } from "./client.ts";
import { toNextPage } from "./session-lists.ts";
import type { SessionFilter } from "./types.ts";

export interface QueryParts {
  readonly api: Api;
  readonly clock: Clock;
  readonly changes: Changes;
}

/** While the stream of changes is down, lists are asked for at this pace instead. */
export const POLL_MS = 5000;
/** A hidden tab is in no hurry; its title still comes true. */
export const HIDDEN_POLL_MS = 30_000;
/** What is free changes with every job; the hub answers this from what it knows already. */
export const FREE_POLL_MS = 20_000;

/** Without these there is no page: they are asked for until somebody answers. The edge holds each call for a while itself. */
const UNTIL_ANSWERED = {
  retry: (_: number, error: Error) => isAway(error),
  retryDelay: (count: number) => Math.min(1000 * 2 ** count, 5000),
};

export const siteQuery = ({ api }: QueryParts) =>
  queryOptions({
    queryKey: ["site"],
    queryFn: ({ signal }) => api.site(signal),
    staleTime: Number.POSITIVE_INFINITY,
    ...UNTIL_ANSWERED,
  });

export const meQuery = ({ api }: QueryParts) =>
  queryOptions({ queryKey: ["me"], queryFn: ({ signal }) => api.me(signal), staleTime: 60_000, ...UNTIL_ANSWERED });

export const profilesQuery = ({ api }: QueryParts) =>
  queryOptions({ queryKey: ["profiles"], queryFn: ({ signal }) => api.profiles(signal), staleTime: 60_000 });

export const clustersQuery = ({ api }: QueryParts) =>
  queryOptions({ queryKey: ["clusters"], queryFn: ({ signal }) => api.clusters(signal) });

/** What one cluster has and what of it is free; asked again while somebody looks. */
export const clusterQuery = ({ api }: QueryParts, name: string) =>
  queryOptions({ queryKey: ["cluster", name], queryFn: ({ signal }) => api.cluster(name, signal), refetchInterval: FREE_POLL_MS });

export const alternativesQuery = ({ api }: QueryParts, id: string) =>
  queryOptions({ queryKey: ["alternatives", id], queryFn: ({ signal }) => api.alternatives(id, signal), refetchInterval: 60_000 });

export const tokensQuery = ({ api }: QueryParts) => queryOptions({ queryKey: ["tokens"], queryFn: ({ signal }) => api.tokens(signal) });

/** How ssh reaches sessions here; null where it does not. */
export const sshAccessQuery = ({ api }: QueryParts) =>
  queryOptions({
    queryKey: ["ssh"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      try {
        return await api.sshAccess(signal);
      } catch (error) {
        if (isApiError(error, "not_found")) return null;
        throw error;
      }
    },
  });

export const sshKeysQuery = ({ api }: QueryParts) => queryOptions({ queryKey: ["ssh-keys"], queryFn: ({ signal }) => api.sshKeys(signal) });

export const certificatesQuery = ({ api }: QueryParts) =>
  queryOptions({ queryKey: ["certificates"], queryFn: ({ signal }) => api.certificates(signal) });

/** Asked once: a code that is over stays so, and what is confirmed must be what was read. */
export const deviceSignInQuery = ({ api }: QueryParts, code: string) =>
  queryOptions({
    queryKey: ["device", code],
    queryFn: ({ signal }) => api.deviceSignIn(code, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });

/** What home, the warnings and the launch form look at: asked once for all of them. */
export const OPEN_SESSIONS: SessionFilter = { show: "open", limit: 100 };

/** Also sets the clock by the server's: countdowns must not depend on a laptop's. */
export const sessionsQuery = ({ api, clock, changes }: QueryParts, filter: SessionFilter) =>
  queryOptions({
    queryKey: ["sessions", filter] as const,
    queryFn: async ({ signal }) => {
      const mark = changes.mark();
      const answer = await api.sessions(filter, signal);
      clock.setServerTime(answer.now);
      return changes.bringUpToDate(answer, filter, mark);
    },
  });

/** The same page by page, oldest last. */
export const historyQuery = ({ api, clock, changes }: QueryParts, filter: SessionFilter) =>
  infiniteQueryOptions({
    queryKey: ["history", filter] as const,
    initialPageParam: null as number | null,
    queryFn: async ({ signal, pageParam }) => {
      const mark = changes.mark();
      const answer = await api.sessions(pageParam === null ? filter : { ...filter, before: pageParam }, signal);
      clock.setServerTime(answer.now);
      const sessions = answer.sessions.map((session) => changes.newest(session, mark));
      return { sessions, next: toNextPage(answer.sessions, filter.limit) };
    },
    getNextPageParam: (page) => page.next,
  });

export const sessionQuery = ({ api, changes }: QueryParts, id: string) =>
  queryOptions({
    queryKey: ["session", id],
    queryFn: async ({ signal }) => {
      const mark = changes.mark();
      return changes.newest(await api.session(id, signal), mark);
    },
  });
