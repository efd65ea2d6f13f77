/** `fairway db migrate|backup|restore`. Postgres has its own tools for the last two, and is told so. */
import { join } from "node:path";
import { type Config, loadConfig } from "../config/load.ts";
import { openConfiguredStore, sqlitePath } from "../database.ts";
import { isAnswered } from "../http/listen.ts";
import { backup, restore } from "../store/backup.ts";
import { hubSocketPath } from "./sockets.ts";

export async function migrateDatabase(file: string): Promise<void> {
  const store = await openConfiguredStore(loadConfig(file));
  const { migrated } = store;
  await store.close();
  process.stdout.write(migrated.length === 0 ? "The schema is up to date.\n" : `Done: ${migrated.join(", ")}.\n`);
}

export function backupDatabase(file: string, to: string): void {
  const config = loadConfig(file);
  ensureSqlite(config, "pg_dump");
  backup(sqlitePath(config), to);
  process.stdout.write(`Written to ${to}. It holds no session's secret; keep ${join(config.state_dir, "secrets")} safe apart from it.\n`);
}

export async function restoreDatabase(file: string, from: string): Promise<void> {
  const config = loadConfig(file);
  ensureSqlite(config, "pg_restore");
  if (await isAnswered(hubSocketPath(config)))
    throw new Error("Fairway is running. Stop it first: a running hub would go on with what it has in memory.");
  const kept = restore(from, sqlitePath(config), Date.now());
  process.stdout.write(
    `Restored from ${from}.${kept === null ? "" : ` What was there before is now ${kept}.`} Jobs that run meanwhile are found again at the next start.\n`,
  );
}

function ensureSqlite(config: Config, tool: string): void {
  if (config.database.postgres_url_file !== undefined) throw new Error(`The database is Postgres: use ${tool}, which knows it better.`);
}
