/**
 * Sessions as the edge needs them: where each slot leads, to whom it belongs, and what to say while
 * it leads nowhere. Changes are told in the order in which they happened.
 */
import type { ActivityVia, Route } from "@fairway/contract/feed.ts";
import { toSessionPath } from "@fairway/contract/names.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import { type App, toInjectedHeader } from "./apps.ts";
import type { SessionChanges } from "./changes.ts";
import { toUpstream, type UpstreamContext } from "./upstream.ts";
import { describeRow } from "./view.ts";

export type RouteChange =
  | { readonly kind: "route"; readonly route: Route }
  | { readonly kind: "route-gone"; readonly prefix: string; readonly sessionId: string };

export interface RouteSource {
  snapshot(): Promise<readonly Route[]>;
  subscribe(listener: (change: RouteChange) => void): () => void;
  recordActivity(lastActivity: ReadonlyMap<string, number>, via: ActivityVia): Promise<void>;
}

export interface RoutesOptions extends UpstreamContext {
  readonly store: SessionStore;
  readonly changes: SessionChanges;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly apps: ReadonlyMap<string, App>;
  readonly now: () => number;
}

/** For so long an ended session's address still tells how it ended. */
const REMEMBER_ENDED_MS = 7 * 86_400_000;

export function createRoutes(options: RoutesOptions): RouteSource {
  return {
    snapshot: async () => {
      const rows = await options.store.latestPerSlot({ sinceMs: options.now() - REMEMBER_ENDED_MS });
      return rows.map((row) => toRoute(row, options));
    },
    subscribe: (listener) =>
      options.changes.onChange(({ row, from }) => {
        // What is found out after its end comes late: somebody may have begun anew in its slot.
        if (from !== "ended") listener({ kind: "route", route: toRoute(row, options) });
      }),
    recordActivity: (lastActivity, via) => options.store.recordActivity(lastActivity, via),
  };
}

function toRoute(row: SessionRow, options: RoutesOptions): Route {
  const { clusters, apps } = options;
  const cluster = clusters.get(row.cluster);
  const { label, line, next } = describeRow(row, cluster);
  const app = apps.get(row.app);
  const shared = {
    sessionId: row.id,
    prefix: toSessionPath(row.user, row.name),
    owner: row.user,
    appTitle: row.appTitle,
    state: row.state,
    stateSince: row.stateSince,
    label,
    line,
    next,
  };
  const runs = row.state === "ready" || row.state === "unreachable";
  const upstream = runs && cluster !== undefined ? toUpstream(row, cluster, options) : null;
  if (upstream === null || app === undefined) return { ...shared, upstream: null, inject: null };
  const { where, pin, secret } = upstream;
  return { ...shared, upstream: { ...where, pin }, inject: toInjectedHeader(app, secret) };
}
