/** What a session needs to tell people the truth: warnings, idleness, why it ended, what it used; and remembered choices. */
import { type Kysely, type SqlBool, sql } from "kysely";

export async function trust<T>({ schema }: Kysely<T>): Promise<void> {
  const add = (column: string, type: "text" | "bigint") => schema.alterTable("sessions").addColumn(column, type).execute();
  for (const name of ["open_path", "counted_groups"]) {
    await schema
      .alterTable("sessions")
      .addColumn(name, "text", (column) => column.notNull().defaultTo(""))
      .execute();
  }
  for (const column of ["successor", "ending", "usage"]) await add(column, "text");
  for (const column of ["warned_ends_at", "warned_mark_ms", "idle_since", "idle_warned_at", "kept_at", "settled_at"]) {
    await add(column, "bigint");
  }
  // The ends that are still to be looked into: a handful among all that is past.
  await schema
    .createIndex("sessions_unsettled")
    .on("sessions")
    .columns(["cluster", "ended_at"])
    .where(sql<SqlBool>`state = 'ended' and settled_at is null`)
    .execute();
  await schema
    .createTable("launch_defaults")
    .addColumn("user", "text", (column) => column.notNull())
    .addColumn("profile", "text", (column) => column.notNull())
    .addColumn("options", "text", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("launch_defaults_key", ["user", "profile"])
    .execute();
}
