/**
 * How sessions are reached: which route a run takes, the forwards that route `ssh` needs, and noticing that a
 * route has stopped to work. It opens no connection that carries anything: that is the edge's and the door's.
 */
import type { Logger } from "pino";
import type { Cluster } from "../clusters/cluster.ts";
import type { SessionChanges } from "../sessions/changes.ts";
import type { RouteStore } from "../store/routes.ts";
import type { SessionStore } from "../store/sessions.ts";
import { RouteChooser } from "./choose-route.ts";
import { ForwardKeeper } from "./forward-keeper.ts";
import { RouteHealth } from "./route-health.ts";
import type { TunnelEntry } from "./tunnel-entry.ts";

export interface RoutingOptions {
  readonly routes: RouteStore;
  readonly store: SessionStore;
  readonly changes: SessionChanges;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly tunnels: TunnelEntry | null;
  readonly now: () => number;
  readonly log: Logger;
  /** How long a trial of a route may take. */
  readonly tryMs?: number;
}

export interface Routing {
  readonly tunnels: TunnelEntry | null;
  readonly chooser: RouteChooser;
  readonly health: RouteHealth;
  readonly forwards: ForwardKeeper;
  close(): Promise<void>;
}

export function createRouting({ routes, store, changes, clusters, tunnels, now, log, tryMs }: RoutingOptions): Routing {
  const onError = (error: unknown, session: string | null) =>
    log.warn({ session, err: error }, "a route could not be seen to; it will be tried again");
  const chooser = new RouteChooser({
    store: routes,
    hasDoor: tunnels !== null,
    now,
    onNote: (note, about) => log.info(about, note),
    ...(tryMs === undefined ? {} : { tryMs }),
  });
  const health = new RouteHealth({ store, changes, clusters, chooser, now, onError });
  const forwards = new ForwardKeeper({ store, changes, clusters, onError });
  const close = async () => {
    health.close();
    await chooser.close();
  };
  return { tunnels, chooser, health, forwards, close };
}
