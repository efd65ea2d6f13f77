/** Where the feed gets its routes from, and tells of traffic: the sessions, seen from the edge. */
import type { ActivityVia, Route } from "@fairway/contract/feed.ts";

export type RouteChange =
  | { readonly kind: "route"; readonly route: Route }
  | { readonly kind: "route-gone"; readonly prefix: string; readonly sessionId: string };

export interface RouteSource {
  snapshot(): Promise<readonly Route[]>;
  /** Calls back with each change from now on, in order; returns the way to end it. */
  subscribe(listener: (change: RouteChange) => void): () => void;
  /** Session id to when it last saw traffic (epoch ms). */
  recordActivity(lastActivity: ReadonlyMap<string, number>, via: ActivityVia): void | Promise<void>;
}
