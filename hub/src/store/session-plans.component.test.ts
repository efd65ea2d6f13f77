/** What is asked again and again must not cost more for each session that has ended: how SQLite finds the rows. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CamelCasePlugin, type CompiledQuery, Kysely } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrateToLatest } from "./migrate.ts";
import type { Database } from "./schema.ts";
import { SessionStore } from "./sessions.ts";
import { openSqlite } from "./sqlite.ts";

const T0 = 1_700_000_000_000;
let directory: string;
let database: Kysely<Database>;
let asked: CompiledQuery[];
let sessions: SessionStore;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "fw-store-"));
  asked = [];
  database = new Kysely<Database>({
    dialect: openSqlite(join(directory, "fairway.db")),
    plugins: [new CamelCasePlugin()],
    log: ({ query }) => void asked.push(query),
  });
  await migrateToLatest(database, "sqlite", T0);
  sessions = new SessionStore(database, "sqlite");
  asked = [];
});
afterEach(async () => {
  await database.destroy();
  rmSync(directory, { recursive: true, force: true });
});

/** The steps that read sessions, as EXPLAIN QUERY PLAN tells them. */
async function planOf(ask: () => Promise<unknown>): Promise<readonly string[]> {
  await ask();
  const queries = asked.splice(0);
  expect(queries).not.toEqual([]);
  const steps: string[] = [];
  for (const query of queries) {
    const { rows } = await database.executeQuery<{ detail: string }>({ ...query, sql: `explain query plan ${query.sql}` });
    steps.push(...rows.map(({ detail }) => detail).filter((detail) => /\bsessions\b/.test(detail)));
  }
  expect(steps).not.toEqual([]);
  return steps;
}

const bounds = { sessions: 3, groups: [{ name: "physics", sessions: 9 }] };
describe.each<[string, () => Promise<unknown>]>([
  ["the newest of each slot", () => sessions.latestPerSlot({ sinceMs: T0 })],
  ["everybody's open ones", () => sessions.find({ show: "open", limit: 500 })],
  ["everybody's open ones, a later page", () => sessions.find({ show: "open", limit: 500, before: T0 })],
  ["everybody's open ones of a cluster", () => sessions.find({ show: "open", cluster: "main", limit: 500 })],
  ["one person's open ones", () => sessions.find({ show: "open", user: "alice", limit: 500 })],
  ["the open ones of a cluster", () => sessions.openOfCluster("main")],
  ["whose are open on a cluster", () => sessions.usersOfOpen("main")],
  ["how many one person has open", () => sessions.countOpen("alice")],
  ["whether there is room for one more", () => sessions.findReached("alice", bounds)],
])("%s", (_what, ask) => {
  it("is found by an index of few: the open ones, one person's, or what ended lately", async () => {
    for (const step of await planOf(ask)) expect(step).toMatch(OF_FEW);
  });
});

/** Indexes that hold open sessions alone, ids, one person's sessions, and a range of ends. */
const OF_FEW =
  /USING (COVERING )?INDEX (sessions_open_|sqlite_autoindex_sessions_|sessions_user_created \(user=\?|sessions_ended \(ended_at>\?\))/;

it.each([
  ["everybody", {}],
  ["one person", { user: "alice" }],
])("a page of what is past, of %s, is read in its order, not sorted out of all", async (_whose, whose) => {
  await sessions.find({ show: "ended", limit: 50, ...whose });
  const [query] = asked;
  if (query === undefined) throw new Error("nothing was asked");
  const { rows } = await database.executeQuery<{ detail: string }>({ ...query, sql: `explain query plan ${query.sql}` });
  const steps = rows.map(({ detail }) => detail);
  expect(steps[0]).toMatch(/INDEX sessions_(user_)?created\b/);
  expect(steps).not.toContain("USE TEMP B-TREE FOR ORDER BY");
});
