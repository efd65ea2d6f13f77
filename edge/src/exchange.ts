/** One request on its way through the edge, and how it is answered when the edge answers by itself. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { AppError } from "@fairway/contract/errors.ts";
import type { Visit } from "./visit.ts";

export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly visit: Visit;
  /** The client waits for "100 Continue" before it sends its body. */
  readonly expectsContinue: boolean;
  /** A renewed cookie that the answer shall carry, whoever gives it. */
  setCookie: string | null;
}

/** True for a person's browser, which wants a page; programs get problem+json. */
export function wantsPage(req: IncomingMessage): boolean {
  return (req.headers.accept ?? "").includes("text/html");
}

/** True when the answer is what the address bar will show, so that it may lead elsewhere. */
export function isNavigation(req: IncomingMessage): boolean {
  const mode = req.headers["sec-fetch-mode"];
  return req.method === "GET" && wantsPage(req) && (mode === undefined || mode === "navigate");
}

export function answer(exchange: Exchange, status: number, headers: OutgoingHttpHeaders, body: string | Buffer = ""): void {
  const { req, res } = exchange;
  const length = { "content-length": Buffer.byteLength(body) };
  const cookie = exchange.setCookie === null ? {} : { "set-cookie": exchange.setCookie };
  const security = { "x-content-type-options": "nosniff", "referrer-policy": "same-origin", ...strictTransport(exchange.visit) };
  res.writeHead(status, { ...security, ...length, ...cookie, ...headers });
  res.end(req.method === "HEAD" ? undefined : body);
}

export function answerProblem(exchange: Exchange, error: AppError): void {
  const headers: OutgoingHttpHeaders = { "content-type": "application/problem+json", "cache-control": "no-store" };
  if (error.retryAfterSeconds !== undefined) headers["retry-after"] = String(error.retryAfterSeconds);
  answer(exchange, error.status, headers, JSON.stringify(error.toProblem()));
}

/** `to` is a path of ours: the edge sends nobody to another origin. */
export function redirect(exchange: Exchange, to: string): void {
  answer(exchange, 302, { location: to, "cache-control": "no-store" });
}

function strictTransport(visit: Visit): OutgoingHttpHeaders {
  return visit.isSecure ? { "strict-transport-security": "max-age=31536000" } : {};
}
