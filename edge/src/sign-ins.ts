/**
 * People by cookie: the short one is verified with the hub's public keys alone; when it is missing,
 * over, or soon to be, the login cookie gets a new one from the hub.
 */
import { hash } from "node:crypto";
import { AppError } from "@fairway/contract/errors.ts";
import { COOKIE_LIFE_SECONDS, CookieClaims, cookieNames, type Renewed } from "@fairway/contract/feed.ts";
import { type CryptoKey, decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from "jose";
import { BoundedMap } from "./bounded-map.ts";
import { readCookies, toSetCookie } from "./cookies.ts";
import type { Identity } from "./credentials.ts";
import type { HubClient } from "./hub-client.ts";
import type { Limits } from "./limits.ts";
import type { EdgeState } from "./state.ts";

interface Renewal {
  readonly answer: Promise<Renewed | null>;
  readonly until: number;
}

export class SignIns {
  readonly #hub: HubClient;
  readonly #state: EdgeState;
  readonly #limits: Limits;
  readonly #clock: () => number;
  readonly #baseUrl: string;
  /** An Ed25519 check costs 160 µs: each cookie is verified once. */
  readonly #verified: BoundedMap<string, CookieClaims>;
  /** By the login cookie's hash; a page's hundred requests ask the hub once. */
  readonly #renewals: BoundedMap<string, Renewal>;
  #keys = new Map<string, Promise<CryptoKey | Uint8Array>>();

  constructor(hub: HubClient, state: EdgeState, limits: Limits, clock: () => number, baseUrl: string) {
    this.#hub = hub;
    this.#state = state;
    this.#limits = limits;
    this.#clock = clock;
    this.#baseUrl = baseUrl;
    this.#verified = new BoundedMap(limits.cacheEntries);
    this.#renewals = new BoundedMap(limits.cacheEntries);
    state.listen({
      keysChanged: () => {
        this.#keys = new Map();
        this.#verified.clear();
      },
      revoked: () => this.#renewals.clear(),
      resynchronised: () => this.#renewals.clear(),
    });
  }

  /**
   * @returns null when there is no valid sign-in.
   * @throws {AppError} hub_away when the short cookie is over and the hub cannot be asked for another.
   */
  async identify(cookieHeader: string | undefined, isSecure: boolean): Promise<Identity | null> {
    const names = cookieNames(this.#baseUrl, isSecure);
    const claims = await this.#findValid(readCookies(cookieHeader, names.session));
    const login = readCookies(cookieHeader, names.login)[0];
    if (claims !== null && (login === undefined || claims.exp * 1000 - this.#clock() >= this.#limits.renewBeforeMs)) {
      return toIdentity(claims, null);
    }
    if (login === undefined || login.length > 200) return null;

    try {
      const renewed = await this.#renew(login);
      const fresh = renewed === null ? null : CookieClaims.parse(decodeJwt(renewed.cookie));
      if (renewed === null || fresh === null || this.#state.isRevoked(fresh)) return null;
      return toIdentity(fresh, toSetCookie(names.session, renewed.cookie, renewed.maxAgeSeconds, this.#baseUrl, isSecure));
    } catch (error) {
      if (claims !== null && error instanceof AppError) return toIdentity(claims, null);
      throw error;
    }
  }

  async #findValid(cookies: readonly string[]): Promise<CookieClaims | null> {
    for (const cookie of cookies) {
      const claims = this.#verified.get(cookie) ?? (await this.#verify(cookie));
      if (claims !== null && claims.exp * 1000 > this.#clock() && !this.#state.isRevoked(claims)) return claims;
    }
    return null;
  }

  async #verify(cookie: string): Promise<CookieClaims | null> {
    try {
      const key = await this.#findKey(decodeProtectedHeader(cookie).kid);
      if (key === null) return null;
      const { payload } = await jwtVerify(cookie, key, { algorithms: ["EdDSA", "Ed25519"], currentDate: new Date(this.#clock()) });
      const claims = CookieClaims.parse(payload);
      // Revocations are remembered no longer than this: a cookie that outlives them could not be revoked.
      if (claims.exp - claims.iat > COOKIE_LIFE_SECONDS) return null;
      this.#verified.set(cookie, claims);
      return claims;
    } catch {
      // Whatever is wrong with a cookie, it identifies nobody.
      return null;
    }
  }

  async #findKey(kid: string | undefined): Promise<CryptoKey | Uint8Array | null> {
    const known = this.#state.keys.find((key) => key.kid === kid);
    if (known === undefined) return null;
    const imported = this.#keys.get(known.kid) ?? importJWK(known.jwk, "EdDSA");
    this.#keys.set(known.kid, imported);
    return imported;
  }

  #renew(login: string): Promise<Renewed | null> {
    const key = hash("sha256", login);
    const known = this.#renewals.get(key);
    if (known !== undefined && known.until > this.#clock()) return known.answer;
    const answer = this.#hub.renewLogin(login);
    this.#renewals.set(key, { answer, until: this.#clock() + this.#limits.renewalReuseMs });
    // The hub may be back in a moment: a failure is not kept. (Whoever awaits `answer` hears of it.)
    answer.catch(() => this.#renewals.delete(key));
    return answer;
  }
}

function toIdentity(claims: CookieClaims, setCookie: string | null): Identity {
  return { credential: { kind: "cookie", user: claims.sub, loginId: claims.sid }, setCookie };
}
