/** Copies of the SQLite database: made while the hub runs, put back while it does not. */
import { randomBytes } from "node:crypto";
import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ensureKnownSchema } from "./migrate.ts";

/** "What, why, what next", for the operator at the command line. */
export class BackupError extends Error {
  override readonly name = "BackupError";
}

/**
 * Writes a consistent copy of the database `from` to the new file `to` (0600); other processes may
 * go on reading and writing meanwhile. The file appears whole or not at all.
 * @throws BackupError when `to` exists or `from` does not.
 */
export function backup(from: string, to: string): void {
  ensureAbsent(to);
  const partial = createPartial(to);
  try {
    copyDatabase(from, partial);
    publish(partial, to);
  } finally {
    rmSync(partial, { force: true });
  }
}

/**
 * Puts the backup `from` in the place of the database `to`. An existing database is kept beside it.
 * @returns where the replaced database is now; null when there was none.
 * @throws BackupError when `from` is damaged or the hub still runs, SchemaTooNew when it is ahead of this version.
 */
export function restore(from: string, to: string, nowMs: number): string | null {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  const partial = createPartial(to);
  try {
    copyDatabase(from, partial);
    ensureSound(partial, from);
    if (!existsSync(to)) {
      publish(partial, to);
      return null;
    }
    ensureUnused(to);
    const kept = `${to}.replaced-${nowMs}`;
    ensureAbsent(kept);
    linkSync(to, kept);
    renameSync(partial, to);
    syncDirectory(to);
    return kept;
  } finally {
    rmSync(partial, { force: true });
  }
}

function ensureAbsent(path: string): void {
  if (existsSync(path)) throw new BackupError(`${path} exists and is not overwritten. Choose another name, or move it away.`);
}

/** An empty file in the target's directory, so that the secret-bearing copy is never readable by others. */
function createPartial(target: string): string {
  const partial = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.partial`);
  closeSync(openSync(partial, "wx", 0o600));
  chmodSync(partial, 0o600);
  return partial;
}

function copyDatabase(from: string, partial: string): void {
  if (!existsSync(from)) throw new BackupError(`There is no database at ${from}. Check the path.`);
  try {
    const source = new DatabaseSync(from, { readOnly: true, timeout: 5000 });
    try {
      source.prepare("vacuum into ?").run(partial);
    } finally {
      source.close();
    }
  } catch (error) {
    throw new BackupError(`${from} could not be copied: ${error instanceof Error ? error.message : String(error)}.`, { cause: error });
  }
}

function ensureSound(path: string, shownAs: string): void {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    if (database.prepare("pragma integrity_check").get()?.integrity_check !== "ok")
      throw new BackupError(`${shownAs} is damaged. Use another backup.`);
    ensureKnownSchema(Number(database.prepare("select max(version) as version from schema_migrations").get()?.version));
  } catch (error) {
    if (error instanceof Error && "errcode" in error)
      throw new BackupError(`${shownAs} is not a database of Fairway: ${error.message}.`, { cause: error });
    throw error;
  } finally {
    database.close();
  }
}

/** The last connection to close folds the log back in and removes it; if it stays, somebody else is connected. */
function ensureUnused(path: string): void {
  const database = new DatabaseSync(path, { timeout: 1000 });
  database.exec("pragma journal_mode = wal; begin immediate; commit");
  database.close();
  if (existsSync(`${path}-wal`)) throw new BackupError(`${path} is in use. Stop the hub, then restore again.`);
}

/** link(2) refuses an existing target, so two backups to one name cannot overwrite each other. */
function publish(partial: string, to: string): void {
  const file = openSync(partial, "r");
  fsyncSync(file);
  closeSync(file);
  linkSync(partial, to);
  syncDirectory(to);
}

function syncDirectory(path: string): void {
  const directory = openSync(dirname(path), "r");
  fsyncSync(directory);
  closeSync(directory);
}
