/** The history of sessions; written by `sessions.ts`, in the transaction of the change itself. */
import type { Kysely } from "kysely";
import type { Database, SessionEventRow } from "./schema.ts";

export class EventStore {
  readonly #database: Kysely<Database>;

  constructor(database: Kysely<Database>) {
    this.#database = database;
  }

  /** Oldest first. */
  async ofSession(sessionId: string): Promise<readonly SessionEventRow[]> {
    return this.#database.selectFrom("sessionEvents").selectAll().where("sessionId", "=", sessionId).orderBy("id").execute();
  }
}
