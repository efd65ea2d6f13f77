/**
 * What the edge knows: routes, the hub's public keys, revocations. Changed by the feed alone; it
 * asks nobody and holds no opinion. Listeners hear what must be cut off.
 */
import {
  COOKIE_LIFE_SECONDS,
  type CookieClaims,
  type FeedMessage,
  type FeedState,
  type Revocation,
  type Route,
} from "@fairway/contract/feed.ts";

export interface StateListener {
  /** A slot's route is new, another, or gone. Not called when nothing changed. */
  routeChanged?(before: Route | null, after: Route | null): void;
  revoked?(revocation: Revocation): void;
  keysChanged?(): void;
  /** The hub is back after a silence in which we may have missed things. */
  resynchronised?(): void;
  changed?(): void;
}

export class EdgeState {
  readonly #routes = new Map<string, Route>();
  readonly #revocations = new Map<string, Revocation>();
  readonly #listeners: StateListener[] = [];
  readonly #clock: () => number;
  #keys: FeedState["keys"] = [];
  #isLoaded = false;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** False until a snapshot was had, from the hub or from disk: until then nobody can be judged. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  get keys(): FeedState["keys"] {
    return this.#keys;
  }

  listen(listener: StateListener): void {
    this.#listeners.push(listener);
  }

  /** The route with the longest prefix of a path below the base URL (`/user/alice/lab`). */
  findRoute(below: string): Route | null {
    // Prefixes are /user/NAME/ and /user/NAME/SLOT/: two look-ups instead of a search.
    const [, , user, slot] = below.split("/", 4);
    return this.#routes.get(`/user/${user}/${slot}/`) ?? this.#routes.get(`/user/${user}/`) ?? null;
  }

  /** The newest session of a slot, by its id; sought one by one, for what is rare. */
  findRouteOf(sessionId: string): Route | null {
    for (const route of this.#routes.values()) if (route.sessionId === sessionId) return route;
    return null;
  }

  hasRoute(prefix: string): boolean {
    return this.#routes.has(prefix);
  }

  /** A cookie of a revoked sign-in, or of a revoked user issued before that. */
  isRevoked(claims: CookieClaims): boolean {
    if (this.#revocations.has(`login ${claims.sid}`)) return true;
    const user = this.#revocations.get(`user ${claims.sub}`);
    return user !== undefined && claims.iat * 1000 < user.at;
  }

  isTokenRevoked(id: string): boolean {
    return this.#revocations.has(`token ${id}`);
  }

  /** The caller has checked the numbering. */
  apply(message: FeedMessage): void {
    switch (message.kind) {
      case "snapshot":
        this.load(message.state);
        this.#tell((listener) => listener.resynchronised?.());
        break;
      case "route":
        this.#setRoute(message.route);
        break;
      case "route-gone":
        this.#removeRoute(message.prefix, message.sessionId);
        break;
      case "revoked":
        this.#revoke(message.revocation);
        break;
      case "keys":
        this.#setKeys(message.keys);
        break;
      case "ping":
        return;
    }
    this.#tell((listener) => listener.changed?.());
  }

  /** Takes a whole state, telling listeners only what differs from the present one. */
  load(state: FeedState): void {
    const prefixes = new Set(state.routes.map((route) => route.prefix));
    for (const route of [...this.#routes.values()]) if (!prefixes.has(route.prefix)) this.#removeRoute(route.prefix, route.sessionId);
    this.#setKeys(state.keys);
    for (const route of state.routes) this.#setRoute(route);
    for (const revocation of state.revocations) this.#revoke(revocation);
    this.#isLoaded = true;
  }

  save(): FeedState {
    this.#forgetOldRevocations();
    return { keys: this.#keys, routes: [...this.#routes.values()], revocations: [...this.#revocations.values()] };
  }

  #setRoute(route: Route): void {
    const before = this.#routes.get(route.prefix) ?? null;
    this.#routes.set(route.prefix, route);
    this.#tell((listener) => listener.routeChanged?.(before, route));
  }

  #removeRoute(prefix: string, sessionId: string): void {
    const before = this.#routes.get(prefix);
    // The slot may hold its next session already.
    if (before?.sessionId !== sessionId) return;
    this.#routes.delete(prefix);
    this.#tell((listener) => listener.routeChanged?.(before, null));
  }

  #revoke(revocation: Revocation): void {
    const key = `${revocation.kind} ${revocation.kind === "user" ? revocation.user : revocation.id}`;
    const known = this.#revocations.get(key);
    if (known !== undefined && known.at >= revocation.at) return;
    this.#revocations.set(key, revocation);
    this.#tell((listener) => listener.revoked?.(revocation));
    this.#forgetOldRevocations();
  }

  #setKeys(keys: FeedState["keys"]): void {
    this.#keys = keys;
    this.#tell((listener) => listener.keysChanged?.());
  }

  /** No cookie outlives this, and a revoked token is unknown to the hub: nothing is left to refuse. */
  #forgetOldRevocations(): void {
    const oldest = this.#clock() - 2 * COOKIE_LIFE_SECONDS * 1000;
    for (const [key, revocation] of this.#revocations) if (revocation.at < oldest) this.#revocations.delete(key);
  }

  #tell(call: (listener: StateListener) => void): void {
    for (const listener of this.#listeners) call(listener);
  }
}

/** Whether two routes lead to the same run of the same app: its sockets and pool may go on. */
export function isSameUpstream(before: Route, after: Route): boolean {
  const key = (route: Route) => JSON.stringify([route.sessionId, route.owner, route.upstream, route.inject]);
  return key(before) === key(after);
}
