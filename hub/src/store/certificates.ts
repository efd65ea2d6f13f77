/** SSH certificates that were signed for people: whose, of which key, how long, and whether they still count. */
import type { Kysely } from "kysely";
import type { CertificateRow, Database } from "./schema.ts";

export class CertificateStore {
  readonly #database: Kysely<Database>;

  constructor(database: Kysely<Database>) {
    this.#database = database;
  }

  async insert(certificate: CertificateRow): Promise<void> {
    await this.#database.insertInto("certificates").values(certificate).execute();
  }

  async get(id: string): Promise<CertificateRow | null> {
    return (await this.#database.selectFrom("certificates").selectAll().where("id", "=", id).executeTakeFirst()) ?? null;
  }

  /** Neither revoked nor over; newest first. */
  async validOf(user: string, now: number): Promise<readonly CertificateRow[]> {
    const query = this.#database.selectFrom("certificates").selectAll().where("user", "=", user).where("expiresAt", ">", now);
    return query.where("revokedAt", "is", null).orderBy("createdAt", "desc").orderBy("id").execute();
  }

  /** @returns false when this person has no such certificate, or it was revoked already. */
  async revoke(user: string, id: string, at: number): Promise<boolean> {
    const query = this.#database.updateTable("certificates").set({ revokedAt: at }).where("id", "=", id).where("user", "=", user);
    return (await query.where("revokedAt", "is", null).executeTakeFirst()).numUpdatedRows > 0n;
  }

  /** @returns the ids of those that were still valid */
  async revokeOfToken(user: string, tokenId: string, at: number): Promise<readonly string[]> {
    const query = this.#database.updateTable("certificates").set({ revokedAt: at }).where("user", "=", user).where("tokenId", "=", tokenId);
    const revoked = await query.where("revokedAt", "is", null).where("expiresAt", ">", at).returning("id").execute();
    return revoked.map(({ id }) => id);
  }

  async revokedSince(sinceMs: number): Promise<readonly CertificateRow[]> {
    return this.#database.selectFrom("certificates").selectAll().where("revokedAt", ">=", sinceMs).execute();
  }

  /** Forgets those that were over before then. */
  async prune(beforeMs: number): Promise<void> {
    await this.#database.deleteFrom("certificates").where("expiresAt", "<", beforeMs).execute();
  }
}
