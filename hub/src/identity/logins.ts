/** A browser's sign-in: the long-lived secret in its login cookie, and the short cookies made from it. */
import type { Renewed } from "@fairway/contract/feed.ts";
import { scopesOfRole } from "@fairway/contract/scopes.ts";
import type { Actor } from "../sessions/types.ts";
import type { LoginRow } from "../store/schema.ts";
import { audit, type IdentityContext, isEnabled, isWorthNoting, roleOf } from "./context.ts";
import { signCookie, verifyCookie } from "./cookies.ts";
import { newId, newSecret, sha256Hex } from "./secrets.ts";
import type { SignedIn } from "./types.ts";

const HOUR_MS = 3_600_000;
const IDLE_MS = 12 * HOUR_MS;
const ABSOLUTE_MS = 7 * 24 * HOUR_MS;
/** What ended so long ago is of no use to anybody. */
const KEEP_ENDED_MS = 30 * 24 * HOUR_MS;

export class Logins {
  readonly #context: IdentityContext;

  constructor(context: IdentityContext) {
    this.#context = context;
  }

  /** Always a new one, whatever the browser came with: nobody can plant a sign-in beforehand. */
  async begin(user: string, address: string): Promise<SignedIn> {
    const { store, clock, keys } = this.#context;
    const now = clock.now();
    await store.logins.prune(now - KEEP_ENDED_MS);
    const secret = newSecret();
    const login = { id: newId(), user, createdAt: now, lastUsedAt: now, expiresAt: now + ABSOLUTE_MS, endedAt: null };
    await store.logins.insert({ ...login, address: address.slice(0, 100), secretHash: sha256Hex(secret) });
    const cookie = await signCookie(keys, login, now, login.expiresAt);
    return {
      actor: this.#toActor(login),
      login: secret,
      loginMaxAgeSeconds: ABSOLUTE_MS / 1000,
      cookie: cookie.value,
      cookieMaxAgeSeconds: cookie.maxAgeSeconds,
    };
  }

  async end(actor: Actor): Promise<void> {
    if (actor.via.kind !== "login") return;
    const { store, clock, revocations } = this.#context;
    const at = clock.now();
    const { id } = actor.via;
    if (!(await store.logins.end(id, at))) return;
    revocations.announce({ kind: "login", id, at });
    await audit(this.#context, actor, { action: "sign-out", outcome: "done" });
  }

  /** The signature is not enough here: at the hub a sign-out counts at once. */
  async byCookie(value: string): Promise<Actor | null> {
    const { store, clock, keys } = this.#context;
    const claims = await verifyCookie(keys, value, clock.now());
    if (claims === null) return null;
    const login = await store.logins.get(claims.sid);
    if (login === null || login.user !== claims.sub || !(await this.#isValid(login))) return null;
    await this.#noteUse(login);
    return this.#toActor(login);
  }

  async renew(secret: string): Promise<Renewed | null> {
    const { store, clock, keys } = this.#context;
    const login = await store.logins.byHash(sha256Hex(secret));
    if (login === null || !(await this.#isValid(login))) return null;
    await this.#noteUse(login);
    const cookie = await signCookie(keys, login, clock.now(), login.expiresAt);
    return { user: login.user, cookie: cookie.value, maxAgeSeconds: cookie.maxAgeSeconds };
  }

  async #isValid(login: LoginRow): Promise<boolean> {
    const now = this.#context.clock.now();
    const isOver = login.endedAt !== null || now >= login.expiresAt || now >= login.lastUsedAt + IDLE_MS;
    return !isOver && (await isEnabled(this.#context, login.user));
  }

  async #noteUse(login: LoginRow): Promise<void> {
    const now = this.#context.clock.now();
    if (isWorthNoting(login.lastUsedAt, now)) await this.#context.store.logins.touch(login.id, now);
  }

  #toActor(login: Pick<LoginRow, "id" | "user">): Actor {
    const role = roleOf(this.#context, login.user);
    return { user: login.user, role, scopes: scopesOfRole(role), via: { kind: "login", id: login.id } };
  }
}
