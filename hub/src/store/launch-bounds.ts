/**
 * How many sessions a person, and a group together, may have open: counted in the transaction that adds
 * one, behind a lock, so that many at once cannot overrun it, and no two hubs on one database can.
 */
import { type Kysely, type SqlBool, sql } from "kysely";
import type { StoreKind } from "./migrations/types.ts";
import type { Database } from "./schema.ts";

export interface LaunchBounds {
  /** Open sessions of this person, the new one included. */
  readonly sessions: number;
  /** Groups whose members' sessions are counted together; the new one counts for each of them as long as it is open. */
  readonly groups: readonly { readonly name: string; readonly sessions: number }[];
}

/** Nothing was added. `group` null: the person's own. */
export class BoundReached extends Error {
  override readonly name = "BoundReached";
  readonly group: string | null;
  readonly open: number;
  readonly allowed: number;

  constructor(group: string | null, open: number, allowed: number) {
    super(`${group === null ? "the person has" : `the group ${group} has`} ${open} of ${allowed} sessions`);
    this.group = group;
    this.open = open;
    this.allowed = allowed;
  }
}

/** As it stands in the row: ",one,two,". */
export function toCountedGroups(bounds: LaunchBounds): string {
  return bounds.groups.length === 0 ? "" : `,${bounds.groups.map(({ name }) => name).join(",")},`;
}

/** Within the transaction that then adds the session. @throws BoundReached */
export async function ensureWithinBounds(
  transaction: Kysely<Database>,
  kind: StoreKind,
  user: string,
  bounds: LaunchBounds,
): Promise<void> {
  await lock(transaction, kind, [`user ${user}`, ...bounds.groups.map(({ name }) => `group ${name}`)]);
  const reached = await findReached(transaction, user, bounds);
  if (reached !== null) throw reached;
}

/** Which bound leaves no room for one more now; null: there is room. */
export async function findReached(database: Kysely<Database>, user: string, bounds: LaunchBounds): Promise<BoundReached | null> {
  const own = await countOpen(database, sql`${sql.ref("user")} = ${user}`);
  if (own >= bounds.sessions) return new BoundReached(null, own, bounds.sessions);
  for (const { name, sessions } of bounds.groups) {
    // In a pattern "_" is any character, and groups' names may hold it.
    const pattern = `%,${name.replaceAll("_", "\\_")},%`;
    const open = await countOpen(database, sql`${sql.ref("countedGroups")} like ${pattern} escape '\\'`);
    if (open >= sessions) return new BoundReached(name, open, sessions);
  }
  return null;
}

async function countOpen(database: Kysely<Database>, whose: ReturnType<typeof sql<SqlBool>>): Promise<number> {
  const query = database.selectFrom("sessions").select((select) => select.fn.countAll<number>().as("open"));
  return (await query.where("state", "<>", "ended").where(whose).executeTakeFirstOrThrow()).open;
}

/**
 * Until the transaction's end, nobody else holds a lock of these names; always taken in one order, so that
 * no two wait for each other. SQLite has one writer at a time, from the transaction's beginning on.
 */
async function lock(transaction: Kysely<Database>, kind: StoreKind, names: readonly string[]): Promise<void> {
  if (kind === "sqlite") return;
  for (const name of [...names].sort()) {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`fairway launch ${name}`}, 0))`.execute(transaction);
  }
}
