/**
 * What the hub tells the edge, and what the edge asks the hub (internal, over a Unix socket).
 *
 * `GET /feed` streams one JSON object a line: first a snapshot, then changes, each numbered one
 * higher than the last. A gap, a lower number or a closed stream means: connect again. The edge
 * keeps the last state on disk and serves from it while the hub is away.
 */
import { z } from "zod";
import { SESSION_STATES } from "./states.ts";

/** Where the edge connects. `pin` is the base64 SHA-256 of the certificate's public key (SPKI). */
export const Upstream = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("tcp"), host: z.string(), port: z.number().int(), pin: z.string().nullable() }),
  z.object({ kind: z.literal("unix"), path: z.string(), pin: z.string().nullable() }),
]);
export type Upstream = z.infer<typeof Upstream>;

/** The newest session of a slot: open, or the last one that ended there. */
export const Route = z.object({
  sessionId: z.string(),
  prefix: z.string().describe("below the base URL, with both slashes: /user/alice/"),
  owner: z.string(),
  appTitle: z.string(),
  state: z.enum(SESSION_STATES),
  stateSince: z.number(),
  label: z.string(),
  line: z.string(),
  next: z.string().nullable(),
  upstream: Upstream.nullable().describe("null unless there is something to connect to"),
  inject: z.object({ header: z.string(), value: z.string() }).nullable().describe("the upstream's secret"),
});
export type Route = z.infer<typeof Route>;

/**
 * `login`/`user`: cookies of that sign-in (or of that user, issued before `at`) are void.
 * `token`: forget what you know of it. `ssh-key`, `certificate`: what it opened at the door ends. All close the live
 * sockets they opened.
 */
export const Revocation = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("login"), id: z.string(), at: z.number() }),
  z.object({ kind: z.literal("user"), user: z.string(), at: z.number() }),
  z.object({ kind: z.literal("token"), id: z.string(), at: z.number() }),
  z.object({ kind: z.literal("ssh-key"), id: z.string(), at: z.number() }),
  z.object({ kind: z.literal("certificate"), id: z.string(), at: z.number() }),
]);
export type Revocation = z.infer<typeof Revocation>;

export const FeedState = z.object({
  keys: z.array(z.object({ kid: z.string(), jwk: z.record(z.string(), z.unknown()) })).describe("public halves of the cookie-signing keys"),
  routes: z.array(Route),
  revocations: z.array(Revocation).describe("those still younger than a cookie's longest life"),
});
export type FeedState = z.infer<typeof FeedState>;

export const FeedMessage = z.discriminatedUnion("kind", [
  z.object({ seq: z.number().int(), kind: z.literal("snapshot"), state: FeedState }),
  z.object({ seq: z.number().int(), kind: z.literal("route"), route: Route }),
  z.object({ seq: z.number().int(), kind: z.literal("route-gone"), prefix: z.string(), sessionId: z.string() }),
  z.object({ seq: z.number().int(), kind: z.literal("revoked"), revocation: Revocation }),
  z.object({ seq: z.number().int(), kind: z.literal("keys"), keys: FeedState.shape.keys }),
  z.object({ seq: z.number().int(), kind: z.literal("ping") }),
]);
export type FeedMessage = z.infer<typeof FeedMessage>;

/** `POST /tokens/lookup`: the hash, never the token. 404 when there is no such (valid) token. */
export const TokenLookupRequest = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }).strict();
export const TokenLookup = z.object({
  id: z.string(),
  user: z.string(),
  scopes: z.array(z.string()),
  expiresAt: z.number().nullable(),
});
export type TokenLookup = z.infer<typeof TokenLookup>;

/** `POST /logins/renew`: the long-lived sign-in cookie for a fresh short one. 401 when it is void. */
export const RenewRequest = z.object({ login: z.string().max(200) }).strict();
export const Renewed = z.object({ user: z.string(), cookie: z.string(), maxAgeSeconds: z.number().int() });
export type Renewed = z.infer<typeof Renewed>;

/** Who saw it. Pages that nobody looks at go on asking through the edge; what passes the door is somebody's or a program's doing. */
export const ActivityVia = z.enum(["edge", "door"]);
export type ActivityVia = z.infer<typeof ActivityVia>;

/** `POST /activity`: when each session last saw traffic. An edge from before there was a choice does not say which it is. */
export const ActivityReport = z.object({ via: ActivityVia.default("edge"), sessions: z.record(z.string(), z.number()) }).strict();
export type ActivityReport = z.input<typeof ActivityReport>;

/** Claims of the short-lived cookie (a JWT, EdDSA). `exp`/`iat` are seconds, as RFC 7519 says. */
export const CookieClaims = z.object({ sub: z.string(), sid: z.string(), iat: z.number(), exp: z.number() });
export type CookieClaims = z.infer<typeof CookieClaims>;

/** Longest life of a short cookie. */
export const COOKIE_LIFE_SECONDS = 600;

/** Cookie names by how the browser reaches us. The prefixes bind them to our host and to HTTPS. */
export function cookieNames(baseUrl: string, isSecure: boolean): { session: string; login: string } {
  const prefix = !isSecure ? "" : baseUrl === "/" ? "__Host-" : "__Secure-";
  return { session: `${prefix}fairway`, login: `${prefix}fairway-login` };
}
