/** Programs that wait for a person to sign them in. Each is judged once and fetched once, whoever asks at the same moment. */
import type { Kysely } from "kysely";
import type { Database, DeviceSignInRow } from "./schema.ts";

export class DeviceSignInStore {
  readonly #database: Kysely<Database>;

  constructor(database: Kysely<Database>) {
    this.#database = database;
  }

  /** @returns false when another one waits with this code. */
  async insert(row: DeviceSignInRow): Promise<boolean> {
    const query = this.#database.insertInto("deviceSignIns").values(row);
    return ((await query.onConflict((conflict) => conflict.doNothing()).executeTakeFirst()).numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  async byDevice(deviceHash: string): Promise<DeviceSignInRow | null> {
    const query = this.#database.selectFrom("deviceSignIns").selectAll().where("deviceHash", "=", deviceHash);
    return (await query.executeTakeFirst()) ?? null;
  }

  async byUserCode(userCode: string): Promise<DeviceSignInRow | null> {
    const query = this.#database.selectFrom("deviceSignIns").selectAll().where("userCode", "=", userCode);
    return (await query.executeTakeFirst()) ?? null;
  }

  /** How many wait: judged ones and those whose time is over do not. */
  async countWaiting(now: number): Promise<number> {
    const query = this.#database.selectFrom("deviceSignIns").select(({ fn }) => fn.countAll<number | bigint | string>().as("count"));
    return Number((await query.where("verdict", "is", null).where("expiresAt", ">", now).executeTakeFirstOrThrow()).count);
  }

  /** @returns false when none waits with this code. */
  async judge(
    userCode: string,
    verdict: { readonly user: string; readonly verdict: "confirmed" | "refused" },
    at: number,
  ): Promise<boolean> {
    const query = this.#database.updateTable("deviceSignIns").set(verdict).where("userCode", "=", userCode);
    return (await query.where("verdict", "is", null).where("expiresAt", ">", at).executeTakeFirst()).numUpdatedRows > 0n;
  }

  /** @returns true once, for one that was confirmed. */
  async take(deviceHash: string, at: number): Promise<boolean> {
    const query = this.#database.updateTable("deviceSignIns").set({ takenAt: at }).where("deviceHash", "=", deviceHash);
    return (await query.where("verdict", "=", "confirmed").where("takenAt", "is", null).executeTakeFirst()).numUpdatedRows > 0n;
  }

  /** Forgets those that were over before then. */
  async prune(beforeMs: number): Promise<void> {
    await this.#database.deleteFrom("deviceSignIns").where("expiresAt", "<", beforeMs).execute();
  }
}
