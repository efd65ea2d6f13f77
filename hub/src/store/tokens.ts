/** API tokens, by the hash of their value. The value itself is kept nowhere. */
import { ScopeName } from "@fairway/contract/accounts.ts";
import type { Kysely } from "kysely";
import type { Database, TokenRow } from "./schema.ts";

export class TokenStore {
  readonly #database: Kysely<Database>;

  constructor(database: Kysely<Database>) {
    this.#database = database;
  }

  async insert(token: TokenRow): Promise<void> {
    await this.#database
      .insertInto("tokens")
      .values({ ...token, scopes: JSON.stringify(token.scopes) })
      .execute();
  }

  async get(id: string): Promise<TokenRow | null> {
    return toTokenOrNull(await this.#database.selectFrom("tokens").selectAll().where("id", "=", id).executeTakeFirst());
  }

  async byHash(hash: string): Promise<TokenRow | null> {
    return toTokenOrNull(await this.#database.selectFrom("tokens").selectAll().where("hash", "=", hash).executeTakeFirst());
  }

  /** Those not revoked, newest first; expired ones are among them. */
  async ofUser(user: string): Promise<readonly TokenRow[]> {
    const query = this.#database.selectFrom("tokens").selectAll().where("user", "=", user).where("revokedAt", "is", null);
    return (await query.orderBy("createdAt", "desc").orderBy("id").execute()).map(toToken);
  }

  async touch(id: string, at: number): Promise<void> {
    await this.#database.updateTable("tokens").set({ lastUsedAt: at }).where("id", "=", id).execute();
  }

  /** @returns false when this person has no such token, or it was revoked already. */
  async revoke(user: string, id: string, at: number): Promise<boolean> {
    const query = this.#database.updateTable("tokens").set({ revokedAt: at });
    const result = await query.where("id", "=", id).where("user", "=", user).where("revokedAt", "is", null).executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async revokedSince(sinceMs: number): Promise<readonly TokenRow[]> {
    return (await this.#database.selectFrom("tokens").selectAll().where("revokedAt", ">=", sinceMs).execute()).map(toToken);
  }
}

type RawToken = Omit<TokenRow, "scopes"> & { readonly scopes: string };

function toToken(raw: RawToken): TokenRow {
  return { ...raw, scopes: ScopeName.array().parse(JSON.parse(raw.scopes)) };
}

function toTokenOrNull(raw: RawToken | undefined): TokenRow | null {
  return raw === undefined ? null : toToken(raw);
}
