/** Kysely over `node:sqlite`: the statement shape Kysely's dialect expects, and our pragmas. */
import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
} from "kysely";

type KyselyStatement = ReturnType<SqliteDatabase["prepare"]>;

/** Preparing one takes longer than running it. More than the hub has: only lists of values make new ones. */
const MOST_STATEMENTS = 500;

/** Kysely wants better-sqlite3's statements: parameters as one array, and `reader` for "gives rows". */
function toKyselyDatabase(db: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, KyselyStatement>();
  return {
    close: () => db.close(),
    prepare(sql) {
      const known = prepared.get(sql);
      if (known !== undefined) return known;
      if (prepared.size >= MOST_STATEMENTS) prepared.clear();
      const statement = prepare(db, sql);
      prepared.set(sql, statement);
      return statement;
    },
  };
}

function prepare(db: DatabaseSync, sql: string): KyselyStatement {
  const statement = db.prepare(sql);
  const bind = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...bind(parameters)),
    run: (parameters) => statement.run(...bind(parameters)),
    // Of its own: it stays open, and the others are used again meanwhile.
    iterate: (parameters) => db.prepare(sql).iterate(...bind(parameters)),
  };
}

/**
 * Takes the write lock at the start of every transaction. A transaction that begins by reading
 * could else not become a writer once another process has written (SQLITE_BUSY, whatever the timeout).
 */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }
}

class ImmediateDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;

  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): SqliteDriver {
    return new ImmediateDriver(this.#config);
  }
}

/** Opens or creates the database file (0600, in a directory 0700 if that is new), durable at every commit. */
export function openSqlite(path: string): Dialect {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
  const db = new DatabaseSync(path, { timeout: 5000, enableForeignKeyConstraints: true });
  db.exec("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 5000");
  return new ImmediateDialect({ database: toKyselyDatabase(db) });
}
