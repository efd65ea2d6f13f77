/**
 * Sessions that have ended: those whose end is still to be looked into, and those that are old enough to
 * be forgotten. How long is long enough is said elsewhere.
 */
import type { Kysely } from "kysely";
import type { Database, SessionRow } from "./schema.ts";
import { toSession } from "./session-rows.ts";

export class SessionHistoryStore {
  readonly #database: Kysely<Database>;

  constructor(database: Kysely<Database>) {
    this.#database = database;
  }

  /** Those of a cluster about whose end there may be more to find out; the newest first: somebody waits for it. */
  async unsettledOf(cluster: string, limit: number): Promise<readonly SessionRow[]> {
    const unsettled = this.#database.selectFrom("sessions").selectAll().where("state", "=", "ended").where("settledAt", "is", null);
    return (await unsettled.where("cluster", "=", cluster).orderBy("endedAt", "desc").orderBy("id").limit(limit).execute()).map(toSession);
  }

  /** Gives up on what ended before that time, and on what ran on none of these clusters: there is nobody to ask. */
  async settleWithout(options: {
    readonly endedBeforeMs: number;
    readonly clusters: readonly string[];
    readonly at: number;
  }): Promise<void> {
    const { endedBeforeMs, clusters, at } = options;
    await this.#database
      .updateTable("sessions")
      .set({ settledAt: at })
      .where("state", "=", "ended")
      .where("settledAt", "is", null)
      .where((where) => {
        const isOld = where("endedAt", "<", endedBeforeMs);
        return clusters.length === 0 ? where.lit(true) : where.or([isOld, where("cluster", "not in", [...clusters])]);
      })
      .execute();
  }

  /**
   * Deletes some of the sessions that ended before that time, with their events; the audit log keeps what
   * it says of them. @returns how many; fewer than `limit`: there are no more.
   */
  async forget(options: { readonly endedBeforeMs: number; readonly limit: number }): Promise<number> {
    return this.#database.transaction().execute(async (transaction) => {
      const old = await transaction
        .selectFrom("sessions")
        .select("id")
        .where("state", "=", "ended")
        .where("endedAt", "<", options.endedBeforeMs)
        .orderBy("createdAt")
        .limit(options.limit)
        .execute();
      if (old.length === 0) return 0;
      // Their events go with them (on delete cascade).
      await transaction
        .deleteFrom("sessions")
        .where(
          "id",
          "in",
          old.map(({ id }) => id),
        )
        .execute();
      return old.length;
    });
  }
}
