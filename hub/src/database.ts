/** Which database this site has, opened. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "./config/load.ts";
import { openStore, type Store, type StoreOptions } from "./store/index.ts";

export function sqlitePath(config: Pick<Config, "state_dir">): string {
  return join(config.state_dir, "fairway.db");
}

/** @throws SchemaTooNew, or the database's own error. */
export async function openConfiguredStore(config: Pick<Config, "state_dir" | "database">, options: StoreOptions = {}): Promise<Store> {
  mkdirSync(config.state_dir, { recursive: true, mode: 0o700 });
  const file = config.database.postgres_url_file;
  return openStore(
    file === undefined ? { kind: "sqlite", path: sqlitePath(config) } : { kind: "postgres", url: readFileSync(file, "utf8").trim() },
    options,
  );
}
