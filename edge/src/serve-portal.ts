/** Answers the portal's pages (one index for all of them) and its built files. */
import { randomBytes } from "node:crypto";
import { AppError } from "@fairway/contract/errors.ts";
import type { Asset, Portal } from "./assets.ts";
import { answer, type Exchange } from "./exchange.ts";

/** @throws {AppError} not_found when the portal is not built, bad_request for anything but GET and HEAD. */
export function servePage(exchange: Exchange, portal: Portal, baseUrl: string): void {
  ensureReading(exchange);
  if (portal.index === null) throw new AppError("not_found", "The portal is not built.", { next: "Run its build, then reload the edge." });
  const nonce = randomBytes(16).toString("base64");
  const html = portal.index.replaceAll("%NONCE%", nonce).replaceAll("%BASE%", baseUrl);
  answer(
    exchange,
    200,
    { "content-type": "text/html; charset=utf-8", "cache-control": "no-store", "content-security-policy": toPolicy(nonce) },
    html,
  );
}

/** @throws {AppError} not_found, bad_request */
export function serveAsset(exchange: Exchange, portal: Portal, name: string): void {
  ensureReading(exchange);
  const asset = portal.assets.get(name);
  if (asset === undefined) throw new AppError("not_found", "There is no such file.");
  const cache = asset.isHashed ? "public, max-age=31536000, immutable" : "no-cache";
  const shared = { "cache-control": cache, etag: asset.etag, vary: "Accept-Encoding" };
  if (exchange.req.headers["if-none-match"] === asset.etag) {
    exchange.res.writeHead(304, shared);
    exchange.res.end();
    return;
  }
  const { body, encoding } = pickEncoding(asset, String(exchange.req.headers["accept-encoding"] ?? ""));
  answer(exchange, 200, { ...shared, "content-type": asset.type, ...(encoding === null ? {} : { "content-encoding": encoding }) }, body);
}

/** Our own pages run our own files and nothing else; the nonce is for the component library's style element. */
function toPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function pickEncoding(asset: Asset, accepted: string): { body: Buffer; encoding: string | null } {
  const accepts = (coding: string) => new RegExp(`(?:^|,)\\s*${coding}\\s*(?:;\\s*q=(?!0(?:\\.0*)?\\s*(?:,|$))|,|$)`, "i").test(accepted);
  if (asset.brotli !== null && accepts("br")) return { body: asset.brotli, encoding: "br" };
  if (asset.gzip !== null && accepts("gzip")) return { body: asset.gzip, encoding: "gzip" };
  return { body: asset.body, encoding: null };
}

function ensureReading(exchange: Exchange): void {
  if (exchange.req.method !== "GET" && exchange.req.method !== "HEAD") {
    throw new AppError("bad_request", "This address can only be read.");
  }
}
