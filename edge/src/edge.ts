/** The composition root of the edge: builds each part once, and ends each in the right order. */
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { Activity } from "./activity.ts";
import { loadPortal } from "./assets.ts";
import type { EdgeConfig } from "./config.ts";
import { followFeed } from "./feed-client.ts";
import type { Front } from "./front.ts";
import { HubClient } from "./hub-client.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { addressOf, closeListener, type Listener, openListener, reloadCertificates } from "./listeners.ts";
import { LiveConnections } from "./live-connections.ts";
import { SignIns } from "./sign-ins.ts";
import { Snapshot } from "./snapshot.ts";
import { EdgeState } from "./state.ts";
import { Tokens } from "./tokens.ts";
import { openPool, Upstreams } from "./upstreams.ts";
import { TrustedProxies } from "./visit.ts";

export interface Edge {
  /** One for each configured listener, in that order. */
  readonly addresses: readonly (AddressInfo | string)[];
  /** Reads the certificates and the portal anew. */
  reload(): void;
  /** Stops accepting, lets requests finish for a bounded time, cuts what is left. */
  close(): Promise<void>;
}

export interface EdgeContext {
  readonly logger: Logger;
  readonly clock?: () => number;
  readonly limits?: Partial<Limits>;
}

/** @throws {Error} when a listener cannot be opened; nothing is left running then. */
export async function startEdge(config: EdgeConfig, context: EdgeContext): Promise<Edge> {
  const { logger, clock = Date.now } = context;
  const limits = { ...DEFAULT_LIMITS, ...context.limits };
  const trustedProxies = new TrustedProxies(config.trustedProxies);
  const state = new EdgeState(clock);
  const snapshot = new Snapshot(config.snapshotFile, state, limits.snapshotDelayMs, logger);
  snapshot.load();
  state.listen({ changed: () => snapshot.schedule() });

  const hubClient = new HubClient(config.feedSocket, limits.hubCallMs);
  const upstreams = new Upstreams(state, limits);
  const live = new LiveConnections(state, clock);
  const activity = new Activity(hubClient, limits.activityMs, clock, logger);
  const hubPool = openPool({ kind: "unix", path: config.hubSocket, pin: null }, limits);
  let portal = loadPortal(config.webDir);

  const front: Front = {
    rules: {
      state,
      tokens: new Tokens(hubClient, state, limits, clock),
      signIns: new SignIns(hubClient, state, limits, clock, config.baseUrl),
      publicOrigins: new Set(config.publicOrigins.map((origin) => origin.toLowerCase())),
    },
    proxy: { site: config, upstreams, live, activity, limits, logger },
    hub: { dispatcher: hubPool, limits, clock },
    trustedProxies,
    logger,
    accessLog: config.accessLog,
    terminalsSocket: config.terminalsSocket,
    portal: () => portal,
  };

  const ending = new AbortController();
  const feed = followFeed({ socketPath: config.feedSocket, state, limits, logger }, ending.signal);
  const listeners: Listener[] = [];
  const close = async () => {
    const drain = setTimeout(() => live.closeAll(), limits.drainMs);
    await Promise.all(listeners.map((listener) => closeListener(listener, limits.drainMs)));
    clearTimeout(drain);
    live.closeAll();
    ending.abort();
    await Promise.all([feed, activity.close(), upstreams.close(), hubPool.destroy()]);
    await Promise.all([hubClient.close(), snapshot.close()]);
  };
  try {
    for (const listener of config.listeners) listeners.push(await openListener(listener, front, limits, config.doorSocket));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    addresses: listeners.map(addressOf),
    reload: () => {
      for (const listener of listeners) reloadCertificates(listener);
      portal = loadPortal(config.webDir);
    },
    close,
  };
}
