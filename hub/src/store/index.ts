/**
 * The store: what the hub must not forget, in SQLite or Postgres by one schema. One file per
 * aggregate, each with narrow methods that take the time as an argument. It decides nothing: who may
 * do what, and which state follows which, is said elsewhere.
 */
import { CamelCasePlugin, Kysely } from "kysely";
import { AuditStore } from "./audit.ts";
import { CertificateStore } from "./certificates.ts";
import { DeviceSignInStore } from "./device-sign-ins.ts";
import { EventStore } from "./events.ts";
import { LaunchDefaultStore } from "./launch-defaults.ts";
import { LoginStore } from "./logins.ts";
import { migrateToLatest } from "./migrate.ts";
import type { StoreKind } from "./migrations/types.ts";
import { openPostgres } from "./postgres.ts";
import { RouteStore } from "./routes.ts";
import type { Database } from "./schema.ts";
import { SessionHistoryStore } from "./session-history.ts";
import { SessionStore } from "./sessions.ts";
import { SettingStore } from "./settings.ts";
import { openSqlite } from "./sqlite.ts";
import { SshKeyStore } from "./ssh-keys.ts";
import { TokenStore } from "./tokens.ts";
import { UserStore } from "./users.ts";

export type StoreConfig = { readonly kind: "sqlite"; readonly path: string } | { readonly kind: "postgres"; readonly url: string };

export interface Store {
  readonly kind: StoreKind;
  readonly users: UserStore;
  readonly logins: LoginStore;
  readonly tokens: TokenStore;
  readonly sshKeys: SshKeyStore;
  readonly certificates: CertificateStore;
  readonly deviceSignIns: DeviceSignInStore;
  readonly sessions: SessionStore;
  readonly history: SessionHistoryStore;
  readonly events: EventStore;
  readonly audit: AuditStore;
  readonly settings: SettingStore;
  readonly launchDefaults: LaunchDefaultStore;
  readonly routes: RouteStore;
  /** The migrations that opening it ran, e.g. "2 trust". */
  readonly migrated: readonly string[];
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly now?: () => number;
  /** Told of database connections that broke while idle; they are replaced. */
  readonly onError?: (error: Error) => void;
}

/** Opens the store and brings its schema up to date. @throws SchemaTooNew, or the database's own error. */
export async function openStore(config: StoreConfig, options: StoreOptions = {}): Promise<Store> {
  const { now = Date.now, onError = () => {} } = options;
  const dialect = config.kind === "sqlite" ? openSqlite(config.path) : openPostgres(config.url, onError);
  const database = new Kysely<Database>({ dialect, plugins: [new CamelCasePlugin()] });
  try {
    const migrated = await migrateToLatest(database, config.kind, now());
    return {
      kind: config.kind,
      users: new UserStore(database),
      logins: new LoginStore(database),
      tokens: new TokenStore(database),
      sshKeys: new SshKeyStore(database),
      certificates: new CertificateStore(database),
      deviceSignIns: new DeviceSignInStore(database),
      sessions: new SessionStore(database, config.kind),
      history: new SessionHistoryStore(database),
      events: new EventStore(database),
      audit: new AuditStore(database),
      settings: new SettingStore(database),
      launchDefaults: new LaunchDefaultStore(database),
      routes: new RouteStore(database),
      migrated,
      close: () => database.destroy(),
    };
  } catch (error) {
    await database.destroy();
    throw error;
  }
}
