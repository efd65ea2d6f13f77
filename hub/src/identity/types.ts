/** Who somebody is: what the HTTP layer and the edge's feed ask of identity. */

import type { NewToken, Token } from "@fairway/contract/accounts.ts";
import type { Renewed, Revocation, TokenLookup } from "@fairway/contract/feed.ts";
import type { Scope } from "@fairway/contract/scopes.ts";
import type { Actor } from "../sessions/types.ts";

/** Checks a password; knows nothing of cookies. */
export interface PasswordProvider {
  readonly id: string;
  readonly label: string;
  /** True for the right password of an existing person. @throws when it could not ask (never "false" then). */
  check(username: string, password: string, signal?: AbortSignal): Promise<boolean>;
}

export interface SignedIn {
  readonly actor: Actor;
  /** Value of the long-lived login cookie (secret), the short signed one, and their lives. */
  readonly login: string;
  readonly loginMaxAgeSeconds: number;
  readonly cookie: string;
  readonly cookieMaxAgeSeconds: number;
}

export interface IdentityService {
  readonly providers: readonly { id: string; kind: "password"; label: string }[];
  /** @throws wrong_credentials (the same for an unknown user), too_many, not_allowed (disabled, not mapped). */
  signIn(username: string, password: string, from: { address: string }): Promise<SignedIn>;
  signOut(actor: Actor): Promise<void>;
  /** By the short signed cookie. Null when it is not valid (any more). */
  byCookie(value: string): Promise<Actor | null>;
  /** By an API token. Null when there is no such valid token. Counts its use. */
  byToken(token: string): Promise<Actor | null>;
  /** A fresh short cookie for a valid login cookie; null when that is void. */
  renew(login: string): Promise<Renewed | null>;
  lookup(sha256: string): Promise<TokenLookup | null>;
  /** The XSRF value of a login; a change by cookie must send it. */
  xsrfOf(actor: Actor): string | null;
  createToken(actor: Actor, request: { note: string; scopes: readonly Scope[]; expiresInSeconds: number }): Promise<NewToken>;
  listTokens(actor: Actor): Promise<readonly Token[]>;
  revokeToken(actor: Actor, id: string): Promise<void>;
  /** Shuts somebody out at once, everywhere, or lets them in again. @throws not_allowed, not_found */
  setDisabled(actor: Actor, user: string, isDisabled: boolean): Promise<void>;
  /** Public keys for the edge, and revocations young enough to matter. */
  feedKeys(): { kid: string; jwk: Record<string, unknown> }[];
  recentRevocations(): Promise<readonly Revocation[]>;
  onRevocation(listener: (revocation: Revocation) => void): () => void;
}
