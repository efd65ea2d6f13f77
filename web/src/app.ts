/**
 * The portal's parts, made once: API client, clock, cache, and the feed that keeps the cache true.
 * The only place where the browser's globals are handed to them; it shows nothing.
 */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { createContext, use } from "react";
import { isApiError, isAway } from "./api/api-error.ts";
import { Changes } from "./api/changes.ts";
import { type Api, createApi } from "./api/client.ts";
import type { StreamParts } from "./api/event-stream.ts";
import { Feed } from "./api/feed.ts";
import { toHref } from "./base.ts";
import { TabTitle } from "./layout/tab-title.ts";
import { LostParts } from "./lost-parts.ts";
import { Clock } from "./time/clock.ts";

export interface App {
  readonly base: string;
  readonly api: Api;
  readonly clock: Clock;
  readonly cache: QueryClient;
  readonly changes: Changes;
  /** How streams of events are opened; the feed's own, and a log's. */
  readonly streams: Pick<StreamParts, "open" | "page" | "random">;
  readonly feed: Feed;
  readonly title: TabTitle;
  readonly lostParts: LostParts;
}

interface Start {
  readonly base: string;
  /** Another one for each build of the portal. */
  readonly build: string;
  /** Called when any answer says that this browser is no longer signed in. */
  readonly onSignedOut: () => void;
}

export function createApp({ base, build, onSignedOut }: Start): App {
  const api = createApi(base, window.fetch.bind(window));
  const clock = new Clock(Date.now);
  const changes = new Changes();
  const onError = (error: Error) => {
    if (isApiError(error, "not_signed_in")) onSignedOut();
  };
  const cache = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: { staleTime: 10_000, retry: (count, error) => count < 2 && isAway(error) },
    },
  });
  const streams = { open: (url: string) => new EventSource(url), page: document, random: Math.random };
  const feed = new Feed(cache, changes, { ...streams, url: () => toHref(base, "/api/v1/events") });
  const title = new TabTitle(document);
  const lostParts = new LostParts({ events: window, storage: () => sessionStorage, build, loadAnew: () => window.location.reload() });
  return { base, api, clock, cache, changes, streams, feed, title, lostParts };
}

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = use(AppContext);
  if (app === null) throw new Error("useApp outside of the app");
  return app;
}
