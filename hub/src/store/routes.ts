/** What was found out about the ways to a cluster's nodes: one route for each partition. */
import type { RouteKind } from "@fairway/contract/routes.ts";
import type { Kysely } from "kysely";
import type { Database, RouteRow } from "./schema.ts";

export class RouteStore {
  readonly #database: Kysely<Database>;

  constructor(database: Kysely<Database>) {
    this.#database = database;
  }

  /** `partition` "": Slurm's default. */
  async of(cluster: string, partition: string): Promise<RouteRow | null> {
    const query = this.#database.selectFrom("routes").selectAll().where("cluster", "=", cluster).where("partition", "=", partition);
    return (await query.executeTakeFirst()) ?? null;
  }

  async all(): Promise<readonly RouteRow[]> {
    return this.#database.selectFrom("routes").selectAll().orderBy("cluster").orderBy("partition").execute();
  }

  async remember({ cluster, partition, ...found }: RouteRow): Promise<void> {
    await this.#database
      .insertInto("routes")
      .values({ cluster, partition, ...found })
      .onConflict((conflict) => conflict.columns(["cluster", "partition"]).doUpdateSet(found))
      .execute();
  }

  /** Only while it is that route: somebody may have found another one since. */
  async forget(cluster: string, partition: string, route: RouteKind): Promise<void> {
    const query = this.#database.deleteFrom("routes").where("cluster", "=", cluster).where("partition", "=", partition);
    await query.where("route", "=", route).execute();
  }
}
