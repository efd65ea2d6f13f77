/**
 * The tables, as Kysely sees them: camelCase here, snake_case in the database (CamelCasePlugin).
 * Times are UTC epoch milliseconds; JSON is text in both databases and parsed by its aggregate.
 */
import type { RouteKind } from "@fairway/contract/routes.ts";
import type { Role, Scope } from "@fairway/contract/scopes.ts";
import type { Ending, JobView, Resources, Usage } from "@fairway/contract/sessions.ts";
import type { EndReason, SessionState } from "@fairway/contract/states.ts";
import type { Generated, Selectable } from "kysely";

interface UsersTable {
  name: string;
  role: Role;
  disabledAt: number | null;
  createdAt: number;
  lastSeenAt: number;
}

interface LoginsTable {
  id: string;
  secretHash: string;
  user: string;
  createdAt: number;
  expiresAt: number;
  lastUsedAt: number;
  address: string;
  endedAt: number | null;
}

interface TokensTable {
  id: string;
  hash: string;
  user: string;
  note: string;
  scopes: string;
  createdAt: number;
  expiresAt: number | null;
  lastUsedAt: number | null;
  revokedAt: number | null;
}

export interface SessionsTable {
  id: string;
  user: string;
  name: string;
  app: string;
  appTitle: string;
  profile: string | null;
  profileTitle: string | null;
  options: string;
  resources: string;
  workingDirectory: string | null;
  cluster: string;
  state: SessionState;
  reason: EndReason | null;
  stateSince: number;
  jobName: string;
  jobId: string | null;
  job: string | null;
  restarts: number;
  enrolledAt: number | null;
  enrolledJob: string | null;
  enrolledRestarts: number | null;
  enrolNonceHash: string | null;
  host: string | null;
  port: number | null;
  exitCode: number | null;
  detail: string | null;
  createdAt: number;
  submitStartedAt: number | null;
  submitAttempts: number;
  stopRequestedAt: number | null;
  stopReason: EndReason | null;
  readyAt: number | null;
  endedAt: number | null;
  /** When anything last passed to or from it, by any way. */
  lastActivityAt: number | null;
  /** When it was last used through the door: by ssh, or in a browser's terminal. */
  sshActivityAt: number | null;
  /** Below its URL: what Open leads to. */
  openPath: string;
  /** The groups against whose totals it counts while it is open (see launch-bounds.ts). */
  countedGroups: string;
  /** What is launched under its name when it ends (JSON): somebody chose to start another shape instead. */
  successor: string | null;
  /** Of which end people were last warned, and at which mark before it. */
  warnedEndsAt: number | null;
  warnedMarkMs: number | null;
  /** Since when its app has done nothing; null: it is busy, or nobody looks. */
  idleSince: number | null;
  idleWarnedAt: number | null;
  /** Somebody said that they still use it. */
  keptAt: number | null;
  /** JSON, found out after it ended. */
  ending: string | null;
  usage: string | null;
  /** When there was no more to find out about its end. */
  settledAt: number | null;
  /** How this run is reached, decided at its enrolment. */
  route: RouteKind | null;
  /** Where its sshd listens on the node. */
  sshdPort: number | null;
}

interface SshKeysTable {
  id: string;
  user: string;
  /** SHA256:…; nobody else can register the same key. */
  fingerprint: string;
  publicKey: string;
  note: string;
  createdAt: number;
  lastUsedAt: number | null;
  removedAt: number | null;
}

interface CertificatesTable {
  /** Also its key id in the certificate. */
  id: string;
  user: string;
  fingerprint: string;
  /** What asked for it: it dies with that token. Null: a browser's sign-in. */
  tokenId: string | null;
  createdAt: number;
  expiresAt: number;
  revokedAt: number | null;
}

interface DeviceSignInsTable {
  deviceHash: string;
  userCode: string;
  note: string;
  address: string;
  createdAt: number;
  expiresAt: number;
  /** Who judged it, and how; the token is made when it is fetched. */
  user: string | null;
  verdict: "confirmed" | "refused" | null;
  takenAt: number | null;
}

/** What was found out about the way to a cluster's nodes. partition "": Slurm's default. */
interface RoutesTable {
  cluster: string;
  partition: string;
  route: RouteKind;
  foundAt: number;
  detail: string;
}

interface SessionEventsTable {
  id: Generated<number>;
  sessionId: string;
  at: number;
  fromState: SessionState | null;
  toState: SessionState;
  event: string;
  detail: string | null;
}

interface AuditTable {
  id: Generated<number>;
  at: number;
  actor: string;
  via: string;
  action: string;
  target: string | null;
  outcome: string;
  detail: string | null;
  address: string | null;
}

export interface Database {
  users: UsersTable;
  logins: LoginsTable;
  tokens: TokensTable;
  sessions: SessionsTable;
  sessionEvents: SessionEventsTable;
  audit: AuditTable;
  settings: { key: string; value: string };
  sshKeys: SshKeysTable;
  certificates: CertificatesTable;
  deviceSignIns: DeviceSignInsTable;
  routes: RoutesTable;
  launchDefaults: { user: string; profile: string; options: string; at: number };
}

export type UserRow = Readonly<Selectable<UsersTable>>;
export type LoginRow = Readonly<Selectable<LoginsTable>>;
export type TokenRow = Readonly<Omit<Selectable<TokensTable>, "scopes">> & { readonly scopes: readonly Scope[] };
export type SessionEventRow = Readonly<Selectable<SessionEventsTable>>;
export type SshKeyRow = Readonly<Selectable<SshKeysTable>>;
export type CertificateRow = Readonly<Selectable<CertificatesTable>>;
export type DeviceSignInRow = Readonly<Selectable<DeviceSignInsTable>>;
export type RouteRow = Readonly<Selectable<RoutesTable>>;
export type AuditRow = Readonly<Selectable<AuditTable>>;
export type SessionOptions = Readonly<Record<string, string | number | boolean>>;

/** What takes a session's place when it ends: checked when it was asked for, launched as it stands. */
export interface Successor {
  readonly options: SessionOptions;
  readonly resources: Resources;
  readonly workingDirectory: string | null;
  readonly openPath: string;
}

/** One run of a session, everything the hub must not forget about it. */
export interface SessionRow extends Readonly<Omit<SessionsTable, "options" | "resources" | "job" | "successor" | "ending" | "usage">> {
  readonly options: SessionOptions;
  readonly resources: Resources;
  /** What the cluster last said of the job. */
  readonly job: JobView | null;
  readonly successor: Successor | null;
  readonly ending: Ending | null;
  readonly usage: Usage | null;
}
