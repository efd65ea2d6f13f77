/** Requests for the hub itself. While it restarts they are held, so that nobody notices. */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "@fairway/contract/errors.ts";
import type { Dispatcher } from "undici";
import { ConnectFailure } from "./connect.ts";
import type { Exchange } from "./exchange.ts";
import { forward, UpstreamFailure } from "./forward.ts";
import { ensureFraming, toHubHeaders, toPlainHeaders } from "./headers.ts";
import type { Limits } from "./limits.ts";

export interface HubProxy {
  readonly dispatcher: Dispatcher;
  readonly limits: Limits;
  readonly clock: () => number;
}

/** @throws {AppError} hub_away when it did not come back in time, or died with the request in its hands. */
export async function proxyToHub(exchange: Exchange, hub: HubProxy): Promise<void> {
  const { req, res, visit } = exchange;
  ensureFraming(req);
  const gone = new AbortController();
  res.once("close", () => gone.abort());
  const headers = toHubHeaders(req, visit, randomUUID());
  const until = hub.clock() + hub.limits.hubHoldMs;
  for (;;) {
    try {
      await forward({ exchange, dispatcher: hub.dispatcher, headers, toClientHeaders: toPlainHeaders });
      return;
    } catch (error) {
      if (!(error instanceof UpstreamFailure)) throw error;
      if (!canRepeat(error, req.method) || hub.clock() >= until) {
        throw new AppError("hub_away", "Fairway's hub does not answer.", {
          next: "Try again in a few seconds. Open sessions go on meanwhile.",
          retryAfterSeconds: 5,
          cause: error,
        });
      }
    }
    // Ended early when the client goes.
    await delay(hub.limits.hubRetryMs, undefined, { signal: gone.signal }).catch(() => undefined);
    if (gone.signal.aborted) return;
  }
}

/** Safe when the hub never got it; or, with its body still here, when asking twice changes nothing. */
function canRepeat(failure: UpstreamFailure, method: string | undefined): boolean {
  if (failure.isBodyStarted) return false;
  return failure.cause instanceof ConnectFailure || method === "GET" || method === "HEAD";
}
