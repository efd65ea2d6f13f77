/** People who have signed in here at least once. */
import type { Role } from "@fairway/contract/scopes.ts";
import type { Kysely } from "kysely";
import type { Database, UserRow } from "./schema.ts";

export class UserStore {
  readonly #database: Kysely<Database>;

  constructor(database: Kysely<Database>) {
    this.#database = database;
  }

  async get(name: string): Promise<UserRow | null> {
    return (await this.#database.selectFrom("users").selectAll().where("name", "=", name).executeTakeFirst()) ?? null;
  }

  async list(): Promise<readonly UserRow[]> {
    return this.#database.selectFrom("users").selectAll().orderBy("name").execute();
  }

  /** Creates the person or notes the sign-in; never lifts a disablement. */
  async saveSeen(name: string, role: Role, at: number): Promise<UserRow> {
    return this.#database
      .insertInto("users")
      .values({ name, role, disabledAt: null, createdAt: at, lastSeenAt: at })
      .onConflict((conflict) => conflict.column("name").doUpdateSet({ role, lastSeenAt: at }))
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  /** Makes sure of the person's row without noting a sign-in. */
  async ensure(name: string, role: Role, at: number): Promise<void> {
    await this.#database
      .insertInto("users")
      .values({ name, role, disabledAt: null, createdAt: at, lastSeenAt: at })
      .onConflict((conflict) => conflict.column("name").doNothing())
      .execute();
  }

  /** @param at when, or null to let the person in again. @returns false when there is no such person. */
  async setDisabled(name: string, at: number | null): Promise<boolean> {
    const result = await this.#database.updateTable("users").set({ disabledAt: at }).where("name", "=", name).executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async disabledSince(sinceMs: number): Promise<readonly UserRow[]> {
    return this.#database.selectFrom("users").selectAll().where("disabledAt", ">=", sinceMs).execute();
  }
}
