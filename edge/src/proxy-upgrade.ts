/**
 * A WebSocket to a session's app: one connection of its own, the handshake read by node:http, then
 * the two sockets spliced.
 */
import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { AppError } from "@fairway/contract/errors.ts";
import { connectUpstream } from "./connect.ts";
import type { Exchange } from "./exchange.ts";
import { ensureFraming, hasBody, toClientHeaders, toSessionHeaders } from "./headers.ts";
import type { Passage, SessionProxy } from "./proxy-request.ts";
import { splice } from "./splice.ts";
import { answerUnreachable } from "./status-pages.ts";

export interface UpgradeExchange extends Exchange {
  /** The client's side, with the bytes that came behind its handshake. */
  readonly socket: Socket;
  readonly head: Buffer;
}

/** Finds out about browsers that vanished without a word: a closed lid, a lost network. */
const CLIENT_KEEP_ALIVE_MS = 30_000;

export function isWebSocketUpgrade(req: IncomingMessage): boolean {
  return req.headers.upgrade?.trim().toLowerCase() === "websocket";
}

/** Resolves when the pair is spliced, or the client has its refusal. */
export async function proxyUpgrade(exchange: UpgradeExchange, passage: Passage, proxy: SessionProxy): Promise<void> {
  const { req, socket } = exchange;
  const { route, upstream } = passage;
  ensureFraming(req);
  if (hasBody(req) || req.method !== "GET") throw new AppError("bad_request", "A WebSocket handshake is a GET without a body.");
  // From here on a revocation finds it, also while the app is still thinking.
  register(socket, passage, proxy);
  proxy.activity.touch(route.sessionId);

  try {
    const upstreamSocket = await connectUpstream(upstream, proxy.limits.connectMs);
    if (socket.destroyed) upstreamSocket.destroy();
    else await shakeHands(exchange, upstreamSocket, passage, proxy);
  } catch (error) {
    proxy.logger.info({ err: error, session: route.sessionId }, "a session's app did not take a WebSocket");
    if (!socket.destroyed) answerUnreachable(exchange, route, proxy.site);
  }
}

function shakeHands(exchange: UpgradeExchange, upstreamSocket: Duplex, passage: Passage, proxy: SessionProxy): Promise<void> {
  const { req, visit, socket } = exchange;
  const { route } = passage;
  const prefix = `${proxy.site.baseUrl}${route.prefix.slice(1)}`;
  return new Promise((resolve, reject) => {
    const handshake = request({
      createConnection: () => upstreamSocket,
      method: "GET",
      path: visit.path + visit.query,
      headers: [...toSessionHeaders(req, visit, route.inject), "Connection", "Upgrade", "Upgrade", "websocket"],
      maxHeaderSize: proxy.limits.headerBytes,
    });
    const onClientGone = () => handshake.destroy(new Error("the client went away"));
    const timer = setTimeout(() => handshake.destroy(new Error("no answer to the upgrade")), proxy.limits.upgradeMs);
    const settle = () => {
      clearTimeout(timer);
      socket.off("close", onClientGone);
    };
    socket.once("close", onClientGone);
    handshake.on("error", (error) => {
      settle();
      reject(error);
    });
    handshake.once("response", (refusal) => {
      settle();
      relayRefusal(exchange, refusal, prefix);
      resolve();
    });
    handshake.once("upgrade", (accepted: IncomingMessage, upstreamEnd: Duplex, upstreamHead: Buffer) => {
      settle();
      exchange.res.detachSocket(socket);
      socket.write(toHead(accepted, prefix), "latin1");
      if (upstreamHead.length > 0) upstreamEnd.unshift(upstreamHead);
      if (exchange.head.length > 0) socket.unshift(exchange.head);
      join(socket, upstreamEnd, route.sessionId, proxy);
      resolve();
    });
    handshake.end();
  });
}

function register(socket: Socket, { credential, route }: Passage, { live }: SessionProxy): void {
  socket.once("close", live.add({ credential, sessionId: route.sessionId, close: () => socket.destroy() }));
}

/** Apart from the handshake, so that an open pair keeps nothing of it in memory. */
function join(client: Socket, upstream: Duplex, sessionId: string, { activity, limits }: SessionProxy): void {
  client.setNoDelay(true);
  client.setKeepAlive(true, CLIENT_KEEP_ALIVE_MS);
  splice(client, upstream, {
    onTraffic: (chunk) => activity.touchByChunk(sessionId, chunk),
    onClose: () => activity.touch(sessionId),
    halfOpenMs: limits.halfOpenMs,
  });
}

function toHead(accepted: IncomingMessage, prefix: string): string {
  const headers = [...toClientHeaders(accepted.rawHeaders, prefix), "Connection", "Upgrade", "Upgrade", "websocket"];
  const lines = headers.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${headers[at + 1]}`] : []));
  return ["HTTP/1.1 101 Switching Protocols", ...lines, "", ""].join("\r\n");
}

/** The app said no (401, 404, …): the client gets that, as an ordinary answer. */
function relayRefusal(exchange: UpgradeExchange, refusal: IncomingMessage, prefix: string): void {
  const { res } = exchange;
  res.writeHead(refusal.statusCode ?? 502, refusal.statusMessage ?? "", toClientHeaders(refusal.rawHeaders, prefix));
  refusal.pipe(res);
  refusal.once("error", () => res.destroy());
  res.once("close", () => refusal.destroy());
}
