import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStore, type Store } from "./index.ts";
import type { NewSession } from "./session-rows.ts";
import { type Postgres, startPostgres } from "./testing/postgres.ts";
import { openTemporaryStore, sampleSession } from "./testing/sample.ts";

const T0 = 1_700_000_000_000;
const skipsPostgres = process.env.FAIRWAY_SKIP_POSTGRES === "1";
if (skipsPostgres) console.warn("FAIRWAY_SKIP_POSTGRES=1: the history is NOT tested on Postgres");

describe("on SQLite", () => describeHistory(openTemporaryStore));

describe.skipIf(skipsPostgres)("on Postgres", () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());
  describeHistory(async () => {
    const store = await openStore({ kind: "postgres", url: await postgres.createDatabase() });
    return { store, remove: () => store.close() };
  });
});

function describeHistory(open: () => Promise<{ store: Store; remove: () => Promise<void> }>): void {
  let store: Store;
  let remove: () => Promise<void>;
  beforeEach(async () => {
    ({ store, remove } = await open());
  });
  afterEach(() => remove());

  const insert = (changes: Partial<NewSession> = {}) => store.sessions.insert(sampleSession(changes), { at: T0, event: "launched" });
  const ended = (endedAt: number, changes: Partial<NewSession> = {}) =>
    insert({ state: "ended", reason: "failed", createdAt: endedAt - 1000, endedAt, ...changes });
  const unsettled = async (cluster = "main", limit = 10) => (await store.history.unsettledOf(cluster, limit)).map(({ id }) => id);

  it("tells which ends are still to be looked into, the newest first", async () => {
    const [old, young] = [await ended(T0), await ended(T0 + 5)];
    await insert({ name: "open" });
    await ended(T0 + 6, { settledAt: T0 + 7 });
    await ended(T0 + 6, { cluster: "other" });
    expect(await unsettled()).toEqual([young.id, old.id]);
    expect(await unsettled("main", 1)).toEqual([young.id]);
  });

  it("gives up on what is old or ran where nobody can be asked", async () => {
    await ended(T0);
    const young = await ended(T0 + 5);
    await ended(T0 + 5, { cluster: "gone" });
    await store.history.settleWithout({ endedBeforeMs: T0 + 5, clusters: ["main"], at: T0 + 9 });
    expect([await unsettled(), await unsettled("gone")]).toEqual([[young.id], []]);
    await store.history.settleWithout({ endedBeforeMs: 0, clusters: [], at: T0 + 9 });
    expect(await unsettled()).toEqual([]);
  });

  it("forgets what ended long ago, a few at a time, with its events, and nothing that is open", async () => {
    const old = [await ended(T0), await ended(T0 + 1), await ended(T0 + 2)];
    const young = await ended(T0 + 10);
    const open = await insert({ createdAt: T0 - 1_000_000 });
    const batch = { endedBeforeMs: T0 + 10, limit: 2 };
    expect([await store.history.forget(batch), await store.history.forget(batch), await store.history.forget(batch)]).toEqual([2, 1, 0]);
    expect((await store.sessions.find({ limit: 10 })).map(({ id }) => id).sort()).toEqual([young.id, open.id].sort());
    for (const { id } of old) expect(await store.events.ofSession(id)).toEqual([]);
    expect(await store.events.ofSession(young.id)).toHaveLength(1);
  });

  it("is paged without missing anybody, even those launched in the same moment", async () => {
    for (let index = 0; index < 7; index++) await ended(T0 + 1000 + Math.floor(index / 4), { name: `s${index}` });
    await ended(T0 + 900);
    const seen: string[] = [];
    let before: number | undefined;
    for (;;) {
      const page = await store.sessions.find({ show: "ended", limit: 3, ...(before === undefined ? {} : { before }) });
      seen.push(...page.map(({ id }) => id));
      before = page.at(-1)?.createdAt;
      if (page.length < 3) break;
    }
    expect(seen).toHaveLength(8);
    expect(new Set(seen).size).toBe(8);
  });
}
