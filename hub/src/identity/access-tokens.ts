/** Personal API tokens: made, used, listed and revoked. Never more power than their owner has now. */
import type { NewToken, Token } from "@fairway/contract/accounts.ts";
import { AppError } from "@fairway/contract/errors.ts";
import type { TokenLookup } from "@fairway/contract/feed.ts";
import { TOKEN_PATTERN, UserName } from "@fairway/contract/names.ts";
import { effectiveScopes, type Scope } from "@fairway/contract/scopes.ts";
import { ensureScope } from "../sessions/access.ts";
import type { Actor } from "../sessions/types.ts";
import type { TokenRow } from "../store/schema.ts";
import { audit, type Doer, type IdentityContext, isEnabled, isWorthNoting, roleOf } from "./context.ts";
import { newId, newToken, sha256Hex } from "./secrets.ts";

const MAX_PER_USER = 100;

export interface NewTokenRequest {
  readonly note: string;
  readonly scopes: readonly Scope[];
  readonly expiresInSeconds: number;
}

export class AccessTokens {
  readonly #context: IdentityContext;

  constructor(context: IdentityContext) {
    this.#context = context;
  }

  async byToken(token: string): Promise<Actor | null> {
    if (!TOKEN_PATTERN.test(token)) return null;
    const row = await this.#use(sha256Hex(token));
    if (row === null) return null;
    const role = roleOf(this.#context, row.user);
    return { user: row.user, role, scopes: effectiveScopes(row.scopes, role), via: { kind: "token", id: row.id } };
  }

  async lookup(sha256: string): Promise<TokenLookup | null> {
    const row = await this.#use(sha256);
    if (row === null) return null;
    const scopes = effectiveScopes(row.scopes, roleOf(this.#context, row.user));
    return { id: row.id, user: row.user, scopes: [...scopes], expiresAt: row.expiresAt };
  }

  /** @throws not_allowed for a scope that the actor does not have, limit_reached. */
  async create(actor: Actor, request: NewTokenRequest): Promise<NewToken> {
    ensureScope(actor, "tokens");
    const missing = request.scopes.filter((scope) => !actor.scopes.has(scope));
    if (missing.length > 0) throw new AppError("not_allowed", `You do not have the scope ${missing.join(", ")} and cannot give it away.`);
    return this.issue(actor, { ...request, expiresInSeconds: await this.#life(actor, request.expiresInSeconds) });
  }

  /** Makes a token for somebody who may have it: that is the caller's to know. @throws limit_reached */
  async issue(owner: Doer, request: NewTokenRequest): Promise<NewToken> {
    const { user } = owner;
    if (!UserName.safeParse(user).success) throw new AppError("invalid_input", "This is no user name.");
    const { store, clock } = this.#context;
    const now = clock.now();
    await store.users.ensure(user, roleOf(this.#context, user), now);
    await this.#ensureRoom(user, now);
    const token = newToken();
    const row: TokenRow = {
      ...{ id: newId(), hash: sha256Hex(token), user, note: request.note, scopes: request.scopes },
      ...{ createdAt: now, expiresAt: now + request.expiresInSeconds * 1000, lastUsedAt: null, revokedAt: null },
    };
    await store.tokens.insert(row);
    await audit(this.#context, owner, { action: "token-create", outcome: "done", target: row.id, detail: request.scopes.join(" ") });
    return { token, info: toToken(row) };
  }

  async list(actor: Actor): Promise<readonly Token[]> {
    ensureScope(actor, "tokens");
    return (await this.#context.store.tokens.ofUser(actor.user)).map(toToken);
  }

  /** With the certificates that were signed for it. @throws not_found, also for somebody else's token. */
  async revoke(actor: Actor, id: string): Promise<void> {
    ensureScope(actor, "tokens");
    const { store, clock, revocations } = this.#context;
    const at = clock.now();
    const wasValid = await store.tokens.revoke(actor.user, id, at);
    if (wasValid) revocations.announce({ kind: "token", id, at });
    // Also when a hub that died in between had revoked the token alone.
    const certificates = await store.certificates.revokeOfToken(actor.user, id, at);
    for (const certificate of certificates) revocations.announce({ kind: "certificate", id: certificate, at });
    if (!wasValid && certificates.length === 0) throw new AppError("not_found", "You have no such token.");
    await audit(this.#context, actor, { action: "token-revoke", outcome: "done", target: id });
  }

  async #use(hash: string): Promise<TokenRow | null> {
    const { store, clock } = this.#context;
    const now = clock.now();
    const row = await store.tokens.byHash(hash);
    if (row === null || row.revokedAt !== null || (row.expiresAt !== null && now >= row.expiresAt)) return null;
    if (!(await isEnabled(this.#context, row.user))) return null;
    if (isWorthNoting(row.lastUsedAt, now)) await store.tokens.touch(row.id, now);
    return row;
  }

  /** Seconds. A token's own children do not outlive it: a stolen one could else renew itself for ever. */
  async #life(actor: Actor, wanted: number): Promise<number> {
    if (actor.via.kind !== "token") return wanted;
    const parent = await this.#context.store.tokens.get(actor.via.id);
    const left = parent?.expiresAt == null ? wanted : (parent.expiresAt - this.#context.clock.now()) / 1000;
    return Math.min(wanted, left);
  }

  async #ensureRoom(user: string, now: number): Promise<void> {
    const live = (await this.#context.store.tokens.ofUser(user)).filter((row) => row.expiresAt === null || row.expiresAt > now);
    if (live.length < MAX_PER_USER) return;
    throw new AppError("limit_reached", `You have ${live.length} tokens already.`, { next: "Revoke those that you no longer use." });
  }
}

function toToken({ id, note, scopes, createdAt, expiresAt, lastUsedAt }: TokenRow): Token {
  return { id, note, scopes: [...scopes], createdAt, expiresAt, lastUsedAt };
}
