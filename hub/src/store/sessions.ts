/**
 * Sessions. A row exists before anything is submitted, and every change of state is one transaction
 * with its line of history. Which change is right is the state machine's matter.
 */
import type { ActivityVia } from "@fairway/contract/feed.ts";
import type { SessionState } from "@fairway/contract/states.ts";
import { type Kysely, sql } from "kysely";
import { type BoundReached, ensureWithinBounds, findReached, type LaunchBounds, toCountedGroups } from "./launch-bounds.ts";
import type { StoreKind } from "./migrations/types.ts";
import type { Database, SessionRow, SessionsTable } from "./schema.ts";
import { type NewSession, type SessionPatch, toNewRow, toRowPatch, toSession } from "./session-rows.ts";

export { BoundReached, type LaunchBounds } from "./launch-bounds.ts";
export type { NewSession, SessionPatch } from "./session-rows.ts";

/** Written out, not bound: an index of a part is used only where it can be seen beforehand that this part is asked for. */
const ENDED = sql.lit<SessionState>("ended");

/** What is written into the session's history beside a change. */
export interface SessionChange {
  readonly at: number;
  readonly event: string;
  readonly detail?: string | null;
}

export interface SessionSearch {
  /** Only open ones, or only ended ones; all when neither is said. */
  readonly show?: "open" | "ended";
  readonly user?: string;
  readonly cluster?: string;
  /** Only those created before this. */
  readonly before?: number;
  readonly limit: number;
}

/** What people were told of its end and its idleness, and what they answered. */
export type SessionTimes = Pick<SessionRow, "warnedEndsAt" | "warnedMarkMs" | "idleSince" | "idleWarnedAt" | "keptAt">;

/** The person has an open session of this name already. */
export class SlotTaken extends Error {
  override readonly name = "SlotTaken";
}

export class SessionStore {
  readonly #database: Kysely<Database>;
  readonly #kind: StoreKind;

  constructor(database: Kysely<Database>, kind: StoreKind) {
    this.#database = database;
    this.#kind = kind;
  }

  /** Within `bounds`, however many are added at once. @throws SlotTaken, BoundReached */
  async insert(session: NewSession, change: SessionChange, bounds: LaunchBounds | null = null): Promise<SessionRow> {
    const row = toNewRow({ ...session, ...(bounds === null ? {} : { countedGroups: toCountedGroups(bounds) }) });
    try {
      await this.#database.transaction().execute(async (transaction) => {
        if (bounds !== null) await ensureWithinBounds(transaction, this.#kind, session.user, bounds);
        await insertRow(transaction, row, change);
      });
    } catch (error) {
      if (!isSlotConflict(error)) throw error;
      throw new SlotTaken(`${session.user} has an open session named "${session.name}" already`, { cause: error });
    }
    return toSession(row);
  }

  async get(id: string): Promise<SessionRow | null> {
    const row = await this.#database.selectFrom("sessions").selectAll().where("id", "=", id).executeTakeFirst();
    return row === undefined ? null : toSession(row);
  }

  async byJobName(jobName: string): Promise<SessionRow | null> {
    const row = await this.#database.selectFrom("sessions").selectAll().where("jobName", "=", jobName).executeTakeFirst();
    return row === undefined ? null : toSession(row);
  }

  /**
   * Newest first. A page may be longer than its limit: those that were created in the very moment of its
   * last one are all on it, so that the next page, which begins before that moment, misses none.
   */
  async find(search: SessionSearch): Promise<readonly SessionRow[]> {
    const query = this.#matching(search).orderBy("createdAt", "desc").orderBy("id");
    const page = await query.limit(search.limit).execute();
    const last = page.at(-1);
    if (last === undefined || page.length < search.limit) return page.map(toSession);
    const rest = await query.where("createdAt", "=", last.createdAt).where("id", ">", last.id).execute();
    return [...page, ...rest].map(toSession);
  }

  #matching(search: SessionSearch) {
    let query = this.#database.selectFrom("sessions").selectAll();
    if (search.show !== undefined) query = query.where("state", search.show === "open" ? "<>" : "=", ENDED);
    if (search.user !== undefined) query = query.where("user", "=", search.user);
    if (search.cluster !== undefined) query = query.where("cluster", "=", search.cluster);
    if (search.before !== undefined) query = query.where("createdAt", "<", search.before);
    return query;
  }

  /** Every open session of a cluster, oldest first. */
  async openOfCluster(cluster: string): Promise<readonly SessionRow[]> {
    const query = this.#database.selectFrom("sessions").selectAll().where("state", "<>", ENDED).where("cluster", "=", cluster);
    return (await query.orderBy("createdAt").orderBy("id").execute()).map(toSession);
  }

  /** Which bound leaves no room for one more now; only `insert` can promise that there is some. */
  async findReached(user: string, bounds: LaunchBounds): Promise<BoundReached | null> {
    return findReached(this.#database, user, bounds);
  }

  /** Whose sessions are open on a cluster. */
  async usersOfOpen(cluster: string): Promise<readonly string[]> {
    const query = this.#database.selectFrom("sessions").select("user").distinct();
    return (await query.where("state", "<>", ENDED).where("cluster", "=", cluster).execute()).map(({ user }) => user);
  }

  /** Open means pending too: what waits counts against a limit. */
  async countOpen(user: string): Promise<number> {
    const query = this.#database.selectFrom("sessions").select((select) => select.fn.countAll<number>().as("open"));
    return (await query.where("state", "<>", ENDED).where("user", "=", user).executeTakeFirstOrThrow()).open;
  }

  /** The newest session of each slot: the open one, else the last that ended since then. */
  async latestPerSlot(options: { sinceMs: number }): Promise<readonly SessionRow[]> {
    const candidates = () => this.#database.selectFrom("sessions").select(["id", "user", "name", "state", "createdAt"]);
    // Two questions, each with an index of its own: by one with "or" the whole history would be read.
    const recent = candidates()
      .where("state", "<>", ENDED)
      .unionAll(candidates().where("state", "=", ENDED).where("endedAt", ">=", options.sinceMs));
    const ranked = this.#database.selectFrom(recent.as("recent")).select([
      "id",
      sql<number>`row_number() over (partition by ${sql.ref("user")}, ${sql.ref("name")}
          order by (${sql.ref("state")} = 'ended'), ${sql.ref("createdAt")} desc, ${sql.ref("id")})`.as("rank"),
    ]);
    const newest = this.#database.selectFrom(ranked.as("ranked")).select("id").where("rank", "=", 1);
    return (await this.#database.selectFrom("sessions").selectAll().where("id", "in", newest).orderBy("createdAt").execute()).map(
      toSession,
    );
  }

  /**
   * Changes a session if it is still in `expected`, and writes its history, in one transaction.
   * `change` null: facts only, nothing for the history. A new state sets `stateSince` unless told.
   * @returns the new row, or null when the state had moved on (or there is no such session).
   */
  async update(id: string, expected: SessionState, patch: SessionPatch, change: SessionChange | null): Promise<SessionRow | null> {
    const row = await this.#database.transaction().execute((transaction) => changeRow(transaction, id, expected, patch, change));
    return row === undefined ? null : toSession(row);
  }

  /**
   * Ends a session and begins the one that takes its place, in one transaction: whatever dies in
   * between, there are never both, never none, and nobody else gets its name.
   * @returns both, or null when the state had moved on, or the wish for an heir had been called off: then neither has happened.
   */
  async succeed(
    ended: { readonly id: string; readonly expected: SessionState; readonly patch: SessionPatch },
    heir: NewSession,
    change: SessionChange,
  ): Promise<{ row: SessionRow; heir: SessionRow } | null> {
    const newRow = toNewRow(heir);
    const row = await this.#database.transaction().execute(async (transaction) => {
      const changed = await changeRow(transaction, ended.id, ended.expected, { ...ended.patch, successor: null }, change, {
        // What was never sent ends in the step that names its heir.
        isAwaited: ended.expected === "stopping",
      });
      if (changed !== undefined)
        await insertRow(transaction, newRow, { at: change.at, event: "launched", detail: `instead of ${ended.id}` });
      return changed;
    });
    return row === undefined ? null : { row: toSession(row), heir: toSession(newRow) };
  }

  /**
   * Notes such times of an open session, if they are still what was `seen`: of two hubs at the same
   * moment, one tells people. @returns the new row, or null for the other.
   */
  async noteTimes(id: string, seen: SessionTimes, patch: Partial<SessionTimes>, change: SessionChange): Promise<SessionRow | null> {
    const row = await this.#database.transaction().execute(async (transaction) => {
      let query = transaction.updateTable("sessions").set(patch).where("id", "=", id).where("state", "<>", "ended");
      for (const column of ["warnedEndsAt", "warnedMarkMs", "idleSince", "idleWarnedAt", "keptAt"] as const) {
        const value = seen[column];
        query = value === null ? query.where(column, "is", null) : query.where(column, "=", value);
      }
      const changed = await query.returningAll().executeTakeFirst();
      if (changed !== undefined) await writeEvent(transaction, id, changed.state, changed.state, change);
      return changed;
    });
    return row === undefined ? null : toSession(row);
  }

  /** Notes when open sessions last saw traffic, and by which way; an older time never replaces a newer one. */
  async recordActivity(lastActivity: ReadonlyMap<string, number>, via: ActivityVia): Promise<void> {
    const columns = via === "door" ? (["lastActivityAt", "sshActivityAt"] as const) : (["lastActivityAt"] as const);
    await this.#database.transaction().execute(async (transaction) => {
      for (const [id, at] of lastActivity) {
        for (const column of columns) {
          await transaction
            .updateTable("sessions")
            .set({ [column]: at })
            .where("id", "=", id)
            .where("state", "<>", "ended")
            .where((where) => where.or([where(column, "is", null), where(column, "<", at)]))
            .execute();
        }
      }
    });
  }
}

async function insertRow(transaction: Kysely<Database>, row: SessionsTable, change: SessionChange): Promise<void> {
  await transaction.insertInto("sessions").values(row).execute();
  await writeEvent(transaction, row.id, null, row.state, change);
}

async function changeRow(
  transaction: Kysely<Database>,
  id: string,
  expected: SessionState,
  patch: SessionPatch,
  change: SessionChange | null,
  { isAwaited }: { readonly isAwaited: boolean } = { isAwaited: false },
): Promise<SessionsTable | undefined> {
  const toState = patch.state ?? expected;
  const since = change !== null && toState !== expected ? { stateSince: change.at } : {};
  let query = transaction
    .updateTable("sessions")
    .set({ state: toState, ...since, ...toRowPatch(patch) })
    .where("id", "=", id)
    .where("state", "=", expected);
  if (isAwaited) query = query.where("successor", "is not", null);
  const changed = await query.returningAll().executeTakeFirst();
  if (changed !== undefined && change !== null) await writeEvent(transaction, id, expected, toState, change);
  return changed;
}

async function writeEvent(
  transaction: Kysely<Database>,
  sessionId: string,
  fromState: SessionState | null,
  toState: SessionState,
  { at, event, detail = null }: SessionChange,
): Promise<void> {
  await transaction.insertInto("sessionEvents").values({ sessionId, at, fromState, toState, event, detail }).execute();
}

/** Which unique index refused: Postgres names it, SQLite lists its columns. */
function isSlotConflict(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("constraint" in error) return error.constraint === "sessions_open_slot";
  return error.message === "UNIQUE constraint failed: sessions.user, sessions.name";
}
