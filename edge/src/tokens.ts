/** API tokens: looked up at the hub when first seen, remembered for a minute, forgotten at a revocation. */
import { hash } from "node:crypto";
import { AppError } from "@fairway/contract/errors.ts";
import type { Revocation, TokenLookup } from "@fairway/contract/feed.ts";
import { TOKEN_PATTERN } from "@fairway/contract/names.ts";
import type { Scope } from "@fairway/contract/scopes.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { Credential } from "./credentials.ts";
import type { HubClient } from "./hub-client.ts";
import type { Limits } from "./limits.ts";
import type { EdgeState } from "./state.ts";

/** The hub answers with the scopes in full: "self" is spelled out. */
const NEEDED: Scope = "access:servers";

/** Our token in an Authorization header; null for an app's own scheme, which passes untouched. */
export function readToken(authorization: string | undefined): string | null {
  const token = /^(?:token|bearer) +(\S+) *$/i.exec(authorization ?? "")?.[1];
  return token !== undefined && TOKEN_PATTERN.test(token) ? token : null;
}

interface Entry {
  readonly answer: Promise<TokenLookup | null>;
  readonly until: number;
  /** Set once the answer is there. */
  found: TokenLookup | null;
}

export class Tokens {
  readonly #hub: HubClient;
  readonly #state: EdgeState;
  readonly #clock: () => number;
  readonly #cacheMs: number;
  /** By the hash: the cache holds no token. */
  readonly #cache: BoundedMap<string, Entry>;

  constructor(hub: HubClient, state: EdgeState, limits: Limits, clock: () => number) {
    this.#hub = hub;
    this.#state = state;
    this.#clock = clock;
    this.#cacheMs = limits.tokenCacheMs;
    this.#cache = new BoundedMap(limits.cacheEntries);
    state.listen({
      revoked: (revocation) => this.#cache.deleteWhere((entry) => isMeant(revocation, entry.found)),
      resynchronised: () => this.#cache.clear(),
    });
  }

  /**
   * @throws {AppError} not_signed_in for a token the hub does not know, not_allowed without
   * the scope for sessions, hub_away when it is unknown here and the hub cannot be asked.
   */
  async identify(token: string): Promise<Credential> {
    const found = await this.#find(hash("sha256", token));
    if (found === null || this.#isOver(found)) {
      throw new AppError("not_signed_in", "This token is not valid: it is unknown, revoked or expired.", { next: "Make a new token." });
    }
    if (!found.scopes.includes(NEEDED)) {
      throw new AppError("not_allowed", "This token may not use sessions.", { next: 'Make a token with the scope "access:servers".' });
    }
    return { kind: "token", user: found.user, tokenId: found.id, expiresAt: found.expiresAt };
  }

  #isOver(found: TokenLookup): boolean {
    return this.#state.isTokenRevoked(found.id) || (found.expiresAt !== null && found.expiresAt <= this.#clock());
  }

  async #find(sha256: string): Promise<TokenLookup | null> {
    const known = this.#cache.get(sha256);
    const entry = known !== undefined && known.until > this.#clock() ? known : this.#ask(sha256);
    const found = await entry.answer;
    // A revocation came while the hub answered: what it said may be from before.
    return this.#cache.get(sha256) === entry ? found : this.#find(sha256);
  }

  #ask(sha256: string): Entry {
    const answer = this.#hub.lookupToken(sha256);
    const entry: Entry = { answer, until: this.#clock() + this.#cacheMs, found: null };
    this.#cache.set(sha256, entry);
    answer.then(
      (found) => {
        entry.found = found;
      },
      // Whoever awaits `answer` hears of it; the next one asks again.
      () => this.#cache.delete(sha256),
    );
    return entry;
  }
}

function isMeant(revocation: Revocation, found: TokenLookup | null): boolean {
  // Not answered yet, or "no such token": asking again costs one call.
  if (found === null) return true;
  if (revocation.kind === "token") return found.id === revocation.id;
  return revocation.kind === "user" && found.user === revocation.user;
}
