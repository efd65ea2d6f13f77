/** The first schema: people and their credentials, sessions and their history, audit, settings. */
import { type CreateTableBuilder, type Kysely, sql } from "kysely";
import type { StoreKind } from "./types.ts";

export async function first<T>(database: Kysely<T>, kind: StoreKind): Promise<void> {
  await createPeople(database);
  await createSessions(database);
  await createHistory(database, kind);
}

async function createPeople<T>({ schema }: Kysely<T>): Promise<void> {
  await schema
    .createTable("users")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("role", "text", (column) => column.notNull())
    .addColumn("disabled_at", "bigint")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("last_seen_at", "bigint", (column) => column.notNull())
    .execute();
  await schema
    .createTable("logins")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("secret_hash", "text", (column) => column.notNull().unique())
    .addColumn("user", "text", (column) => column.notNull().references("users.name"))
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("last_used_at", "bigint", (column) => column.notNull())
    .addColumn("address", "text", (column) => column.notNull())
    .addColumn("ended_at", "bigint")
    .execute();
  await schema.createIndex("logins_user").on("logins").column("user").execute();
  await schema
    .createTable("tokens")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("hash", "text", (column) => column.notNull().unique())
    .addColumn("user", "text", (column) => column.notNull().references("users.name"))
    .addColumn("note", "text", (column) => column.notNull())
    .addColumn("scopes", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint")
    .addColumn("last_used_at", "bigint")
    .addColumn("revoked_at", "bigint")
    .execute();
  await schema.createIndex("tokens_user").on("tokens").column("user").execute();
}

async function createSessions<T>({ schema }: Kysely<T>): Promise<void> {
  await addSessionColumns(schema.createTable("sessions")).execute();
  // One open session a slot; those that ended are history and may be many.
  await schema
    .createIndex("sessions_open_slot")
    .unique()
    .on("sessions")
    .columns(["user", "name"])
    .where(sql.ref("state"), "<>", "ended")
    .execute();
  await schema.createIndex("sessions_state").on("sessions").column("state").execute();
  await schema.createIndex("sessions_user_created").on("sessions").columns(["user", "created_at"]).execute();
  await schema.createIndex("sessions_created").on("sessions").column("created_at").execute();
}

/** No reference to users: what ran is kept even when an account is removed. */
function addSessionColumns<Name extends string, Column extends string>(table: CreateTableBuilder<Name, Column>) {
  return table
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("user", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("app", "text", (column) => column.notNull())
    .addColumn("app_title", "text", (column) => column.notNull())
    .addColumn("profile", "text")
    .addColumn("profile_title", "text")
    .addColumn("options", "text", (column) => column.notNull())
    .addColumn("resources", "text", (column) => column.notNull())
    .addColumn("working_directory", "text")
    .addColumn("cluster", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("reason", "text")
    .addColumn("state_since", "bigint", (column) => column.notNull())
    .addColumn("job_name", "text", (column) => column.notNull().unique())
    .addColumn("job_id", "text")
    .addColumn("job", "text")
    .addColumn("restarts", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("enrolled_at", "bigint")
    .addColumn("enrolled_job", "text")
    .addColumn("enrolled_restarts", "integer")
    .addColumn("enrol_nonce_hash", "text")
    .addColumn("host", "text")
    .addColumn("port", "integer")
    .addColumn("exit_code", "integer")
    .addColumn("detail", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("submit_started_at", "bigint")
    .addColumn("submit_attempts", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("stop_requested_at", "bigint")
    .addColumn("stop_reason", "text")
    .addColumn("ready_at", "bigint")
    .addColumn("ended_at", "bigint")
    .addColumn("last_activity_at", "bigint");
}

async function createHistory<T>({ schema }: Kysely<T>, kind: StoreKind): Promise<void> {
  await addNumber(schema.createTable("session_events"), kind)
    .addColumn("session_id", "text", (column) => column.notNull().references("sessions.id").onDelete("cascade"))
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("from_state", "text")
    .addColumn("to_state", "text", (column) => column.notNull())
    .addColumn("event", "text", (column) => column.notNull())
    .addColumn("detail", "text")
    .execute();
  await schema.createIndex("session_events_session").on("session_events").columns(["session_id", "id"]).execute();
  await addNumber(schema.createTable("audit"), kind)
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("actor", "text", (column) => column.notNull())
    .addColumn("via", "text", (column) => column.notNull())
    .addColumn("action", "text", (column) => column.notNull())
    .addColumn("target", "text")
    .addColumn("outcome", "text", (column) => column.notNull())
    .addColumn("detail", "text")
    .addColumn("address", "text")
    .execute();
  await schema.createIndex("audit_at").on("audit").column("at").execute();
  await schema
    .createTable("settings")
    .addColumn("key", "text", (column) => column.primaryKey())
    .addColumn("value", "text", (column) => column.notNull())
    .execute();
}

/** A row number that is never used twice, in each database's own words. */
function addNumber<Name extends string, Column extends string>(table: CreateTableBuilder<Name, Column>, kind: StoreKind) {
  return kind === "sqlite"
    ? table.addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    : table.addColumn("id", "bigint", (column) => column.primaryKey().generatedAlwaysAsIdentity());
}
