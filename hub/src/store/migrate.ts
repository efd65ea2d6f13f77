/** Brings a database to the newest schema, forward only, all steps in one transaction. */
import { type Kysely, sql, type Transaction } from "kysely";
import { MIGRATIONS } from "./migrations/index.ts";
import type { StoreKind } from "./migrations/types.ts";

const LATEST = Math.max(...MIGRATIONS.map((migration) => migration.version));

/** The database was written by a newer Fairway; to go on would damage it. */
export class SchemaTooNew extends Error {
  override readonly name = "SchemaTooNew";

  constructor(found: number) {
    super(
      `The database has schema ${found}, and this version of Fairway knows schemas up to ${LATEST}. ` +
        "A newer Fairway has written it. Start that version, or restore a backup made before the upgrade.",
    );
  }
}

/** @throws SchemaTooNew when the database is ahead of this code. */
export function ensureKnownSchema(version: number): void {
  if (version > LATEST) throw new SchemaTooNew(version);
}

/** Names the steps it took; none when the schema was the newest already. @throws SchemaTooNew */
export async function migrateToLatest<T>(database: Kysely<T>, kind: StoreKind, nowMs: number): Promise<readonly string[]> {
  return database
    .withoutPlugins()
    .transaction()
    .execute(async (transaction) => {
      // Two hubs that start at once: the second waits here. On SQLite the transaction itself has the lock.
      if (kind === "postgres") await sql`select pg_advisory_xact_lock(hashtext('fairway schema'))`.execute(transaction);
      const version = await readVersion(transaction);
      ensureKnownSchema(version);
      const pending = MIGRATIONS.filter((migration) => migration.version > version);
      for (const migration of pending) {
        await migration.up(transaction, kind);
        await sql`insert into schema_migrations (version, name, applied_at)
          values (${migration.version}, ${migration.name}, ${nowMs})`.execute(transaction);
      }
      return pending.map((migration) => `${migration.version} ${migration.name}`);
    });
}

async function readVersion<T>(transaction: Transaction<T>): Promise<number> {
  await sql`create table if not exists schema_migrations
    (version integer primary key, name text not null, applied_at bigint not null)`.execute(transaction);
  const result = await sql<{ version: number | null }>`select max(version) as version from schema_migrations`.execute(transaction);
  return result.rows[0]?.version ?? 0;
}
