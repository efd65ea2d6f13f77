/**
 * What a proxy does to header fields (RFC 9110 §7.6): ours and hop-by-hop ones go, everything else
 * passes in its order and case. Flat [name, value, …] lists, as node:http and undici have them.
 */
import type { IncomingMessage } from "node:http";
import { AppError } from "@fairway/contract/errors.ts";
import type { Route } from "@fairway/contract/feed.ts";
import { setsOurCookie, withoutOurCookies } from "./cookies.ts";
import { readToken } from "./tokens.ts";
import type { Visit } from "./visit.ts";

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Said anew by us; a client's own version must not reach the app. */
const SAID_BY_US: ReadonlySet<string> = new Set(["forwarded", "x-real-ip", "x-scheme", "x-request-id", "expect"]);

/**
 * One request, one length: what two parsers could read differently is refused, never repaired.
 * (node:http has refused Content-Length beside Transfer-Encoding and repeated lengths already.)
 * @throws {AppError} bad_request
 */
export function ensureFraming(req: IncomingMessage): void {
  const coding = req.headers["transfer-encoding"];
  if (
    coding !== undefined &&
    (coding.toLowerCase() !== "chunked" || req.httpVersion !== "1.1" || req.headers["content-length"] !== undefined)
  ) {
    throw new AppError("bad_request", "This transfer coding is not supported.");
  }
  const named = connectionTokens(req.headers.connection);
  if (named.has("content-length") || named.has("host"))
    throw new AppError("bad_request", "The Connection header names a field that it must not.");
  if (countOf(req.rawHeaders, "host") > 1) throw new AppError("bad_request", "The Host header is there twice.");
  // TRACE would send the session's secret back to the browser.
  if (req.method === "TRACE") throw new AppError("bad_request", "TRACE is not supported.");
}

export function hasBody(req: IncomingMessage): boolean {
  return req.headers["transfer-encoding"] !== undefined || Number(req.headers["content-length"] ?? 0) > 0;
}

/** For a session's app: without our credentials, with the app's own secret. */
export function toSessionHeaders(req: IncomingMessage, visit: Visit, inject: Route["inject"]): string[] {
  const kept: string[] = [];
  const injected = inject === null ? null : plainName(inject.header);
  for (const [name, value] of endToEnd(req.rawHeaders, connectionTokens(req.headers.connection))) {
    const plain = plainName(name);
    if (plain === injected || isSaidByUs(plain)) continue;
    if (plain === "authorization" && readToken(value) !== null) continue;
    const clean = plain === "cookie" ? withoutOurCookies(value) : value;
    if (clean !== null) kept.push(name, clean);
  }
  kept.push(...forwardedHeaders(visit));
  if (inject !== null) kept.push(inject.header, inject.value);
  return kept;
}

/** For the hub itself: with the browser's credentials, which are the hub's. */
export function toHubHeaders(req: IncomingMessage, visit: Visit, requestId: string): string[] {
  const kept: string[] = [];
  for (const [name, value] of endToEnd(req.rawHeaders, connectionTokens(req.headers.connection))) {
    if (!isSaidByUs(plainName(name))) kept.push(name, value);
  }
  kept.push(...forwardedHeaders(visit), "X-Request-Id", requestId);
  return kept;
}

/** From a session's app: it may set its own cookies and not ours, and no worker beyond its own path. */
export function toClientHeaders(raw: readonly string[], prefix: string): string[] {
  const kept: string[] = [];
  for (const [name, value] of responseFields(raw)) {
    const plain = name.toLowerCase();
    if (plain === "set-cookie" && setsOurCookie(value)) continue;
    kept.push(name, plain === "service-worker-allowed" ? prefix : value);
  }
  return kept;
}

/** From the hub: as it is, less the hop-by-hop fields. */
export function toPlainHeaders(raw: readonly string[]): string[] {
  return [...responseFields(raw)].flat();
}

function responseFields(raw: readonly string[]): Iterable<[string, string]> {
  let connection = "";
  for (const [name, value] of pairs(raw)) if (name.toLowerCase() === "connection") connection += `,${value}`;
  return endToEnd(raw, connectionTokens(connection));
}

function* endToEnd(raw: readonly string[], named: ReadonlySet<string>): Generator<[string, string]> {
  for (const [name, value] of pairs(raw)) {
    const lower = name.toLowerCase();
    if (!HOP_BY_HOP.has(lower) && !named.has(lower)) yield [name, value];
  }
}

function* pairs(raw: readonly string[]): Generator<[string, string]> {
  for (let at = 0; at + 1 < raw.length; at += 2) yield [raw[at] ?? "", raw[at + 1] ?? ""];
}

function forwardedHeaders(visit: Visit): string[] {
  const proto = visit.isSecure ? "https" : "http";
  const from = ["X-Forwarded-For", visit.clientAddress, "X-Real-IP", visit.clientAddress];
  return [...from, "X-Forwarded-Proto", proto, "X-Forwarded-Host", visit.host, "X-Forwarded-Port", visit.port];
}

function isSaidByUs(plain: string): boolean {
  return SAID_BY_US.has(plain) || plain.startsWith("x-forwarded-");
}

/** CGI-like servers take "X_Real_IP" for "X-Real-IP", so we do too. */
function plainName(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}

function connectionTokens(connection: string | undefined): ReadonlySet<string> {
  return new Set((connection ?? "").split(",").map((token) => token.trim().toLowerCase()));
}

function countOf(raw: readonly string[], wanted: string): number {
  return [...pairs(raw)].filter(([name]) => name.toLowerCase() === wanted).length;
}
