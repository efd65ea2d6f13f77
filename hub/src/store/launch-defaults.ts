/** What a person chose last for each profile. Only a convenience: it is checked again before it is shown. */
import type { Kysely } from "kysely";
import { z } from "zod";
import type { Database, SessionOptions } from "./schema.ts";

const Options = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export class LaunchDefaultStore {
  readonly #database: Kysely<Database>;

  constructor(database: Kysely<Database>) {
    this.#database = database;
  }

  async of(user: string): Promise<ReadonlyMap<string, SessionOptions>> {
    const rows = await this.#database.selectFrom("launchDefaults").selectAll().where("user", "=", user).execute();
    return new Map(rows.map((row) => [row.profile, Options.parse(JSON.parse(row.options))]));
  }

  async remember(user: string, profile: string, options: SessionOptions, at: number): Promise<void> {
    const values = { options: JSON.stringify(options), at };
    await this.#database
      .insertInto("launchDefaults")
      .values({ user, profile, ...values })
      .onConflict((conflict) => conflict.columns(["user", "profile"]).doUpdateSet(values))
      .execute();
  }
}
