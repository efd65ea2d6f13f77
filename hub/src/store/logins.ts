/** Sign-ins of browsers, by the hash of their secret. */
import type { Kysely } from "kysely";
import type { Database, LoginRow } from "./schema.ts";

export class LoginStore {
  readonly #database: Kysely<Database>;

  constructor(database: Kysely<Database>) {
    this.#database = database;
  }

  async insert(login: LoginRow): Promise<void> {
    await this.#database.insertInto("logins").values(login).execute();
  }

  async get(id: string): Promise<LoginRow | null> {
    return (await this.#database.selectFrom("logins").selectAll().where("id", "=", id).executeTakeFirst()) ?? null;
  }

  async byHash(secretHash: string): Promise<LoginRow | null> {
    return (await this.#database.selectFrom("logins").selectAll().where("secretHash", "=", secretHash).executeTakeFirst()) ?? null;
  }

  async touch(id: string, at: number): Promise<void> {
    await this.#database.updateTable("logins").set({ lastUsedAt: at }).where("id", "=", id).execute();
  }

  /** @returns false when it had ended already. */
  async end(id: string, at: number): Promise<boolean> {
    const query = this.#database.updateTable("logins").set({ endedAt: at }).where("id", "=", id).where("endedAt", "is", null);
    return (await query.executeTakeFirst()).numUpdatedRows > 0n;
  }

  async endAllOf(user: string, at: number): Promise<void> {
    await this.#database.updateTable("logins").set({ endedAt: at }).where("user", "=", user).where("endedAt", "is", null).execute();
  }

  async endedSince(sinceMs: number): Promise<readonly LoginRow[]> {
    return this.#database.selectFrom("logins").selectAll().where("endedAt", ">=", sinceMs).execute();
  }

  /** Forgets sign-ins that ended or ran out before then. @returns how many */
  async prune(beforeMs: number): Promise<number> {
    const result = await this.#database
      .deleteFrom("logins")
      .where((where) => where.or([where("endedAt", "<", beforeMs), where("expiresAt", "<", beforeMs)]))
      .executeTakeFirst();
    return Number(result.numDeletedRows);
  }
}
