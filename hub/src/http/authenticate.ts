/** Who asks: by an API token, else by cookie. */
import type { IncomingHttpHeaders } from "node:http";
import { AppError } from "@fairway/contract/errors.ts";
import type { Renewed } from "@fairway/contract/feed.ts";
import { TOKEN_PATTERN } from "@fairway/contract/names.ts";
import type { IdentityService } from "../identity/types.ts";
import type { Actor } from "../sessions/types.ts";
import { type CookieScope, readOurCookies } from "./cookies.ts";

export interface Authenticated {
  readonly actor: Actor;
  /** A short cookie to send along, when the one that came had run out. */
  readonly renewed: Renewed | null;
}

/** @throws not_signed_in */
export async function authenticate(identity: IdentityService, headers: IncomingHttpHeaders, scope: CookieScope): Promise<Authenticated> {
  const token = readToken(headers.authorization);
  if (token !== null) {
    const actor = await identity.byToken(token);
    // No falling back to a cookie: who sends a token means the token.
    if (actor === null) throw new AppError("not_signed_in", "The API token is not valid (any more).", { next: "Make a new one." });
    return { actor, renewed: null };
  }
  const cookies = readOurCookies(headers.cookie, scope);
  const actor = cookies.session === null ? null : await identity.byCookie(cookies.session);
  if (actor !== null) return { actor, renewed: null };
  const renewed = cookies.login === null ? null : await identity.renew(cookies.login);
  const renewedActor = renewed === null ? null : await identity.byCookie(renewed.cookie);
  if (renewedActor === null) throw new AppError("not_signed_in", "You are not signed in.", { next: "Sign in, or send an API token." });
  return { actor: renewedActor, renewed };
}

/** Ours alone: another scheme, or a token of another system, may be for the site's own proxy. */
function readToken(authorization: string | undefined): string | null {
  const match = /^(?:token|bearer) +(\S+)$/i.exec(authorization ?? "");
  const token = match?.[1] ?? "";
  return TOKEN_PATTERN.test(token) ? token : null;
}
