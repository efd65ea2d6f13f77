/** Kept-alive connections to each session's app; they go when its route goes. */
import type { Route, Upstream } from "@fairway/contract/feed.ts";
import { type Dispatcher, Pool } from "undici";
import { connectUpstream } from "./connect.ts";
import type { Limits } from "./limits.ts";
import { type EdgeState, isSameUpstream } from "./state.ts";

export class Upstreams {
  readonly #pools = new Map<string, Pool>();
  readonly #limits: Limits;

  constructor(state: EdgeState, limits: Limits) {
    this.#limits = limits;
    state.listen({
      routeChanged: (before, after) => {
        if (before !== null && (after === null || !isSameUpstream(before, after))) this.#drop(before.sessionId);
      },
    });
  }

  /** The pool of a session that has an upstream. */
  poolOf(route: Route, upstream: Upstream): Dispatcher {
    const known = this.#pools.get(route.sessionId);
    if (known !== undefined) return known;
    const pool = openPool(upstream, this.#limits);
    this.#pools.set(route.sessionId, pool);
    return pool;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
    this.#pools.clear();
  }

  #drop(sessionId: string): void {
    const pool = this.#pools.get(sessionId);
    this.#pools.delete(sessionId);
    // Rejects nothing: whoever has a request under way hears it from that.
    void pool?.destroy();
  }
}

/** A pool without time-outs of its own: apps may take their time, and streams may be silent. */
export function openPool(upstream: Upstream, limits: Limits): Pool {
  return new Pool("http://upstream", {
    connect: (_options, callback) => {
      connectUpstream(upstream, limits.connectMs).then(
        // oxlint-disable-next-line promise/no-callback-in-promise -- undici's connectors take callbacks
        (socket) => callback(null, socket),
        // oxlint-disable-next-line promise/no-callback-in-promise
        (error: Error) => callback(error, null),
      );
    },
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: limits.headerBytes,
    pipelining: 1,
    allowH2: false,
  });
}
