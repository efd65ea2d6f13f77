/**
 * Indexes for what is asked again and again, of everybody: the open sessions by age, and those that ended
 * lately. Among a hundred thousand that are past both had to be looked for one by one. The index by state
 * goes: nearly all have ended, and SQLite took it where another leads straight to the few that are wanted.
 */
import { type Kysely, type SqlBool, sql } from "kysely";

export async function openAndEnded<T>({ schema }: Kysely<T>): Promise<void> {
  await schema.dropIndex("sessions_state").execute();
  await schema.createIndex("sessions_open_created").on("sessions").column("created_at").where(sql<SqlBool>`state <> 'ended'`).execute();
  await schema.createIndex("sessions_ended").on("sessions").column("ended_at").where(sql<SqlBool>`state = 'ended'`).execute();
}
