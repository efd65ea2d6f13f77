/** A request to a session's app, once access is decided. */
import type { Route, Upstream } from "@fairway/contract/feed.ts";
import type { Logger } from "pino";
import type { Activity } from "./activity.ts";
import { ConnectFailure } from "./connect.ts";
import type { Credential } from "./credentials.ts";
import type { Exchange } from "./exchange.ts";
import { forward, UpstreamFailure } from "./forward.ts";
import { ensureFraming, toClientHeaders, toSessionHeaders } from "./headers.ts";
import type { Limits } from "./limits.ts";
import type { LiveConnections } from "./live-connections.ts";
import { answerUnreachable, type Site } from "./status-pages.ts";
import type { Upstreams } from "./upstreams.ts";

export interface SessionProxy {
  readonly site: Site;
  readonly upstreams: Upstreams;
  readonly live: LiveConnections;
  readonly activity: Pick<Activity, "touch" | "touchByChunk">;
  readonly limits: Limits;
  readonly logger: Logger;
}

/** A session that has an upstream, and who was let in to it. */
export interface Passage {
  readonly route: Route;
  readonly upstream: Upstream;
  readonly credential: Credential;
}

export async function proxyRequest(exchange: Exchange, passage: Passage, proxy: SessionProxy): Promise<void> {
  const { req, res, visit } = exchange;
  const { route, upstream, credential } = passage;
  ensureFraming(req);
  const remove = proxy.live.add({ credential, sessionId: route.sessionId, close: () => res.destroy() });
  res.once("close", remove);
  proxy.activity.touch(route.sessionId);
  const prefix = `${proxy.site.baseUrl}${route.prefix.slice(1)}`;
  const send = () =>
    forward({
      exchange,
      dispatcher: proxy.upstreams.poolOf(route, upstream),
      headers: toSessionHeaders(req, visit, route.inject),
      toClientHeaders: (raw) => toClientHeaders(raw, prefix),
    });
  try {
    await send().catch((error: unknown) => {
      if (!isStaleConnection(error, req.method)) throw error;
      return send();
    });
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error;
    proxy.logger.info({ err: error.cause, session: route.sessionId }, "a session's app did not answer");
    answerUnreachable(exchange, route, proxy.site);
  }
}

/** The app closed a kept-alive connection just as we used it: asking once more changes nothing there. */
function isStaleConnection(error: unknown, method: string | undefined): boolean {
  if (!(error instanceof UpstreamFailure) || error.isBodyStarted || error.cause instanceof ConnectFailure) return false;
  return method === "GET" || method === "HEAD";
}
