/** Who did what, when, from where, and whether it succeeded. Only added to, never changed. */
import type { Kysely } from "kysely";
import type { AuditRow, Database } from "./schema.ts";

/** `detail`, `target` and `address` may come from outside: cut, so that nobody can flood the log. */
const MAX_TEXT = 200;

export class AuditStore {
  readonly #database: Kysely<Database>;

  constructor(database: Kysely<Database>) {
    this.#database = database;
  }

  async record(entry: Omit<AuditRow, "id">): Promise<void> {
    const { actor, target, detail, address } = entry;
    await this.#database
      .insertInto("audit")
      .values({
        ...entry,
        actor: cut(actor),
        target: target && cut(target),
        detail: detail && cut(detail),
        address: address && cut(address),
      })
      .execute();
  }

  /** Newest first. */
  async list(filter: { actor?: string; limit: number }): Promise<readonly AuditRow[]> {
    const all = this.#database.selectFrom("audit").selectAll().orderBy("id", "desc").limit(filter.limit);
    return (filter.actor === undefined ? all : all.where("actor", "=", filter.actor)).execute();
  }
}

/** Printable and short: control characters would forge lines where the log is read as text. */
function cut(text: string): string {
  const clean = text.replace(/[\p{Cc}\u2028\u2029]/gu, "?");
  return clean.length <= MAX_TEXT ? clean : `${clean.slice(0, MAX_TEXT - 1)}…`;
}
