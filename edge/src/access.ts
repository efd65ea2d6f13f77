/**
 * The one decision of the data plane: may this request reach that person's session? Requests and
 * upgrades go through the same guards. Unset means deny.
 */
import type { IncomingMessage } from "node:http";
import { AppError } from "@fairway/contract/errors.ts";
import type { Credential, Identity } from "./credentials.ts";
import type { Exchange } from "./exchange.ts";
import type { SignIns } from "./sign-ins.ts";
import type { EdgeState } from "./state.ts";
import { readToken, type Tokens } from "./tokens.ts";
import type { Visit } from "./visit.ts";

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

export interface AccessRules {
  readonly state: EdgeState;
  readonly tokens: Tokens;
  readonly signIns: SignIns;
  readonly publicOrigins: ReadonlySet<string>;
}

/**
 * Lets the owner pass. The refusals are the same whether the session exists or not, so that nobody
 * learns what others run.
 * @throws {AppError} not_signed_in, xsrf, not_allowed, hub_away
 */
export async function ensureAccess(exchange: Exchange, owner: string, rules: AccessRules): Promise<Credential> {
  const credential = await ensureSignedIn(exchange, rules);
  if (credential.user !== owner) {
    throw new AppError("not_allowed", `This address belongs to ${owner}; you are signed in as ${credential.user}.`, {
      next: "Go to your own sessions, or sign in as somebody else.",
    });
  }
  return credential;
}

/**
 * Who asks, whatever they may.
 * @throws {AppError} not_signed_in, xsrf, hub_away
 */
export async function ensureSignedIn(exchange: Exchange, rules: AccessRules): Promise<Credential> {
  const { req, visit } = exchange;
  ensureLoaded(rules.state);
  const identity = await identify(req, visit, rules);
  if (identity === null) throw new AppError("not_signed_in", "You are not signed in, or your sign-in is over.", { next: "Sign in again." });
  if (identity.credential.kind === "cookie") ensureOwnPage(req, visit, rules.publicOrigins);
  exchange.setCookie = identity.setCookie;
  return identity.credential;
}

/** A token that is ours decides alone; an app's own Authorization says nothing about who is asking. */
async function identify(req: IncomingMessage, visit: Visit, rules: AccessRules): Promise<Identity | null> {
  const token = readToken(req.headers.authorization);
  if (token !== null) return { credential: await rules.tokens.identify(token), setCookie: null };
  return rules.signIns.identify(req.headers.cookie, visit.isSecure);
}

/** Before the first snapshot nobody is known, which is no reason to turn anybody away. */
function ensureLoaded(state: EdgeState): void {
  if (!state.isLoaded) {
    throw new AppError("hub_away", "Fairway is starting and does not know its sessions yet.", {
      next: "Try again in a few seconds.",
      retryAfterSeconds: 2,
    });
  }
}

/**
 * Browsers attach cookies to whatever any page asks for. What changes something, or opens a
 * WebSocket (which no same-origin policy covers), must come from a page of ours.
 */
function ensureOwnPage(req: IncomingMessage, visit: Visit, publicOrigins: ReadonlySet<string>): void {
  const isUpgrade = req.headers.upgrade !== undefined;
  if (SAFE_METHODS.has(req.method ?? "") && !isUpgrade) return;
  const origin = req.headers.origin;
  const site = req.headers["sec-fetch-site"];
  const isOurOrigin = origin !== undefined && (origin.toLowerCase() === visit.origin || publicOrigins.has(origin.toLowerCase()));
  // Sec-Fetch-Mode says nothing about where a request comes from (CVE-2026-40864).
  const isOurs = origin === undefined ? site === "same-origin" : isOurOrigin && (site === undefined || site === "same-origin");
  if (!isOurs) {
    throw new AppError("xsrf", "The request came from a page of another site, and was signed in by cookie only.", {
      next: "Open the session from Fairway's own pages, or use a token.",
    });
  }
}
