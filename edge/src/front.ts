/**
 * What the listeners hand requests and upgrades to: finds who answers, and turns every refusal into
 * a page or a problem. It holds no rule of its own about who may do what (see access.ts).
 */
import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { AppError } from "@fairway/contract/errors.ts";
import type { Logger } from "pino";
import { type AccessRules, ensureAccess } from "./access.ts";
import type { Portal } from "./assets.ts";
import { answer, type Exchange, redirect } from "./exchange.ts";
import { type HubProxy, proxyToHub } from "./hub-proxy.ts";
import { findPlace, findTerminal } from "./places.ts";
import { proxyRequest, type SessionProxy } from "./proxy-request.ts";
import { isWebSocketUpgrade, proxyUpgrade } from "./proxy-upgrade.ts";
import { drainRequest } from "./request-body.ts";
import { serveAsset, servePage } from "./serve-portal.ts";
import { answerError, answerNotRunning } from "./status-pages.ts";
import { enterTerminal } from "./terminal.ts";
import { redirectToOwnSession } from "./user-redirect.ts";
import { readVisit, type TrustedProxies } from "./visit.ts";

/** The JupyterHub whose API we speak: a stock singleuser compares it with its own. */
const JUPYTERHUB_VERSION = "6.1.1";

export interface Front {
  readonly rules: AccessRules;
  readonly proxy: SessionProxy;
  readonly hub: HubProxy;
  readonly trustedProxies: TrustedProxies;
  readonly logger: Logger;
  readonly accessLog: boolean;
  /** The door's, for browsers' terminals; null where there is no door. */
  readonly terminalsSocket: string | null;
  /** Anew for each request: a reload exchanges it. */
  portal(): Portal;
}

/** Never throws: whatever goes wrong, the client is answered or cut off. */
export async function handleRequest(front: Front, req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): Promise<void> {
  // A client that was refused may or may not send the body it announced: this connection ends here.
  if (expectsContinue) res.shouldKeepAlive = false;
  drainRequest(req, res);
  if (front.accessLog) res.once("close", () => logAccess(front.logger, req, res));
  await guarded(front, req, res, async (visit) => {
    const exchange: Exchange = { req, res, visit, expectsContinue, setCookie: null };
    await respond(front, exchange);
  });
}

/** The same, for a request that asks for a WebSocket. Until it is granted, `socket` speaks HTTP. */
export async function handleUpgrade(front: Front, req: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
  // node:http has let go of the socket; a refusal goes out as it would have sent it.
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  socket.on("error", destroyItself);
  res.assignSocket(socket);
  res.once("finish", () => socket.end());
  await guarded(front, req, res, async (visit) => {
    const exchange: Exchange = { req, res, visit, expectsContinue: false, setCookie: null };
    const terminal = findTerminal(visit.path, front.proxy.site.baseUrl);
    if (terminal !== null) return enterTerminal({ ...exchange, socket, head }, terminal, front);
    const place = findPlace(visit.path, front.proxy.site.baseUrl);
    if (place.kind !== "session") throw new AppError("not_found", "There is no WebSocket at this address.");
    await enterSession(front, exchange, place.below, (passage) => proxyUpgrade({ ...exchange, socket, head }, passage, front.proxy));
  });
}

/** Not a closure: it stays with an open WebSocket, and would keep the whole handshake alive. */
function destroyItself(this: Socket): void {
  this.destroy();
}

async function respond(front: Front, exchange: Exchange): Promise<void> {
  const { baseUrl } = front.proxy.site;
  const place = findPlace(exchange.visit.path, baseUrl);
  switch (place.kind) {
    case "session":
      return enterSession(front, exchange, place.below, (passage) => proxyRequest(exchange, passage, front.proxy));
    case "own-session":
      return redirectToOwnSession(exchange, place.rest, front.rules, baseUrl);
    case "hub":
      return proxyToHub(exchange, front.hub);
    case "version":
      return answerVersion(front, exchange);
    case "asset":
      return serveAsset(exchange, front.portal(), place.name);
    case "portal":
      return servePage(exchange, front.portal(), baseUrl);
    case "redirect":
      return redirect(exchange, place.to);
    case "nowhere":
      throw new AppError("not_found", "There is nothing at this address.", { next: "Start from your sessions." });
  }
}

type Enter = (passage: Parameters<typeof proxyRequest>[1]) => Promise<void>;

/** Access first, then what is there: a stranger learns nothing from the order. */
async function enterSession(front: Front, exchange: Exchange, below: string, enter: Enter): Promise<void> {
  const { state } = front.rules;
  const found = state.findRoute(below);
  const owner = found?.owner ?? below.split("/", 3)[2] ?? "";
  const credential = await ensureAccess(exchange, owner, front.rules);
  if (state.hasRoute(`${below}/`)) {
    redirect(exchange, `${exchange.visit.path}/${exchange.visit.query}`);
    return;
  }
  // The hub may have said something new while we asked who this is.
  const route = state.findRoute(below);
  const isStillTheirs = route === null || route.owner === owner;
  if (!isStillTheirs || route === null || route.upstream === null)
    answerNotRunning(exchange, isStillTheirs ? route : null, front.proxy.site);
  else await enter({ route, upstream: route.upstream, credential });
}

/** A stock singleuser that starts while the hub is away asks for this first, and gives up without it. */
function answerVersion(front: Front, exchange: Exchange): void | Promise<void> {
  if (exchange.req.method !== "GET" && exchange.req.method !== "HEAD") return proxyToHub(exchange, front.hub);
  const headers = { "content-type": "application/json", "x-jupyterhub-version": JUPYTERHUB_VERSION };
  answer(exchange, 200, headers, JSON.stringify({ version: JUPYTERHUB_VERSION }));
}

async function guarded(
  front: Front,
  req: IncomingMessage,
  res: ServerResponse,
  work: (visit: Exchange["visit"]) => Promise<void>,
): Promise<void> {
  let visit: Exchange["visit"] | null = null;
  try {
    visit = readVisit(req, front.trustedProxies);
    await work(visit);
  } catch (cause) {
    const error = cause instanceof AppError ? cause : new AppError("internal", "unexpected", { cause });
    if (error.code === "internal") front.logger.error({ err: cause }, "a request failed in the edge itself");
    if (res.headersSent || res.destroyed) res.destroy();
    else answerError({ req, res, visit: visit ?? NOWHERE, expectsContinue: false, setCookie: null }, error, front.proxy.site);
  }
}

/** Never a query string: apps put their tokens there. */
function logAccess(logger: Logger, req: IncomingMessage, res: ServerResponse): void {
  logger.info({ method: req.method, path: req.url?.split("?", 1)[0], status: res.statusCode, isWhole: res.writableFinished }, "answered");
}

/** Stands in where the request was too broken to say where it came from. */
const NOWHERE: Exchange["visit"] = { path: "/", query: "", clientAddress: "", host: "", isSecure: false, origin: "", port: "" };

export { isWebSocketUpgrade };
