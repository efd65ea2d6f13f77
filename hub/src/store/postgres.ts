/** Kysely over `pg`, with numbers where SQLite has numbers. */
import { type Dialect, PostgresDialect } from "kysely";
import pg from "pg";

const INT8 = 20;

/** bigint arrives as text: ours are times and counts, which fit a double or are a bug. */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`a bigint of the database does not fit a number: ${text}`);
  return value;
}

/** @param onError told of connections that break while idle; the pool replaces them by itself. */
export function openPostgres(url: string, onError: (error: Error) => void): Dialect {
  const types: pg.CustomTypesConfig = {
    getTypeParser: (oid, format) => (oid === INT8 ? parseInt8 : pg.types.getTypeParser(oid, format)),
  };
  const pool = new pg.Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 5000, keepAlive: true, types });
  pool.on("error", onError);
  return new PostgresDialect({ pool });
}
