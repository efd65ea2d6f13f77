/**
 * The internal API for our edges and our door, on a Unix socket of its own (0600): the feed, and the few
 * questions they ask. Whoever reaches this socket is trusted with every session's secret, so it
 * never listens on the network. Shapes are the contract's (`feed.ts`).
 */
import { AppError } from "@fairway/contract/errors.ts";
import { ActivityReport, RenewRequest, TokenLookupRequest } from "@fairway/contract/feed.ts";
import { type FastifyInstance, fastify } from "fastify";
import type { Logger } from "pino";
import { type RunProbe, registerProbe } from "../doctor/probe-api.ts";
import { addDoorRoutes } from "../door/routes.ts";
import type { DoorService } from "../door/types.ts";
import { handleErrors, readBody } from "../http/problems.ts";
import { registerShutOut, type ShutOut } from "../identity/shut-out.ts";
import type { IdentityService } from "../identity/types.ts";
import { Feeds } from "./feed.ts";
import type { RouteSource } from "./routes.ts";

const MAX_BODY_BYTES = 4 * 1024 * 1024;
const KEEP_ALIVE_MS = 75_000;

export interface EdgeFeedOptions {
  readonly identity: IdentityService;
  readonly routes: RouteSource;
  /** Left out or null: this site has no door. */
  readonly door?: DoorService | null;
  readonly clock: { now(): number };
  readonly log: Logger;
  readonly pingMs?: number;
  /** The operator's init report of a cluster. */
  readonly probe?: RunProbe;
  /** The operator's word that somebody is to be shut out. */
  readonly shutOut?: ShutOut;
}

/** Not listening yet: see `listenOnSocket`. `close()` ends the open feeds, too. */
export function createEdgeFeed({ identity, routes, door = null, clock, log, pingMs, probe, shutOut }: EdgeFeedOptions): FastifyInstance {
  const feeds = new Feeds({ identity, routes }, pingMs);
  const app = fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    exposeHeadRoutes: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    return503OnClosing: false,
  });
  handleErrors(app, log);
  app.addHook("preClose", async () => feeds.endAll());

  if (probe !== undefined) registerProbe(app, probe);
  if (shutOut !== undefined) registerShutOut(app, shutOut);
  app.get("/feed", (_request, reply) => feeds.serve(reply.raw, () => void reply.hijack()));
  app.post("/tokens/lookup", async (request) => {
    const { sha256 } = readBody(TokenLookupRequest, request.body);
    return (await identity.lookup(sha256)) ?? unknown("not_found", "There is no such token.");
  });
  app.post("/logins/renew", async (request) => {
    const { login } = readBody(RenewRequest, request.body);
    return (await identity.renew(login)) ?? unknown("not_signed_in", "This sign-in has ended.");
  });
  app.post("/activity", async (request, reply) => {
    const { via, sessions } = readBody(ActivityReport, request.body);
    const now = clock.now();
    // Nothing was seen in the future: an edge's wrong clock must not keep a session alive.
    await routes.recordActivity(new Map(Object.entries(sessions).map(([id, at]) => [id, Math.min(at, now)])), via);
    return reply.code(204).send();
  });
  if (door !== null) addDoorRoutes(app, door);
  return app;
}

function unknown(code: "not_found" | "not_signed_in", detail: string): never {
  throw new AppError(code, detail);
}
