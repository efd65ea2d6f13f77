/** Small facts the hub keeps for itself, by key. */
import type { Kysely } from "kysely";
import type { Database } from "./schema.ts";

export class SettingStore {
  readonly #database: Kysely<Database>;

  constructor(database: Kysely<Database>) {
    this.#database = database;
  }

  async get(key: string): Promise<string | null> {
    const row = await this.#database.selectFrom("settings").select("value").where("key", "=", key).executeTakeFirst();
    return row?.value ?? null;
  }

  async set(key: string, value: string): Promise<void> {
    await this.#database
      .insertInto("settings")
      .values({ key, value })
      .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
      .execute();
  }
}
