import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStore, type Store, type StoreConfig } from "./index.ts";
import { SlotTaken } from "./sessions.ts";
import { type Postgres, startPostgres } from "./testing/postgres.ts";
import { openTemporaryStore, sampleSession } from "./testing/sample.ts";

const T0 = 1_700_000_000_000;
const skipsPostgres = process.env.FAIRWAY_SKIP_POSTGRES === "1";
if (skipsPostgres) console.warn("FAIRWAY_SKIP_POSTGRES=1: the store is NOT tested on Postgres");

describe("on SQLite", () => {
  describeStore(async () => {
    const { store, path, remove } = await openTemporaryStore();
    return { store, config: { kind: "sqlite", path }, remove };
  });
});

describe.skipIf(skipsPostgres)("on Postgres", () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());
  describeStore(async () => {
    const config: StoreConfig = { kind: "postgres", url: await postgres.createDatabase() };
    const store = await openStore(config);
    return { store, config, remove: () => store.close() };
  });

  it("lets one of several hubs that start at once migrate", async () => {
    const url = await postgres.createDatabase();
    const stores = await Promise.all([1, 2, 3].map(() => openStore({ kind: "postgres", url })));
    expect(stores.flatMap((store) => store.migrated)).toEqual(["1 first", "2 trust", "3 reach", "4 ssh use", "5 open and ended"]);
    await Promise.all(stores.map((store) => store.close()));
  });
});

function describeStore(open: () => Promise<{ store: Store; config: StoreConfig; remove: () => Promise<void> }>): void {
  let store: Store;
  let config: StoreConfig;
  let remove: () => Promise<void>;
  beforeEach(async () => {
    ({ store, config, remove } = await open());
  });
  afterEach(() => remove());

  const start = { at: T0, event: "launched" };

  it("migrates an empty database once", async () => {
    expect(store.migrated).toEqual(["1 first", "2 trust", "3 reach", "4 ssh use", "5 open and ended"]);
    const again = await openStore(config);
    expect(again.migrated).toEqual([]);
    await again.close();
  });

  it("ends a session and begins its heir in one step, once, whoever else wants the name meanwhile", async () => {
    const resources = { ...sampleSession().resources, cpus: 1 };
    const successor = { options: { cpus: 1 }, resources, workingDirectory: "/data", openPath: "lab" };
    const old = await store.sessions.insert(sampleSession({ state: "stopping", successor }), start);
    expect((await store.sessions.get(old.id))?.successor).toEqual(successor);
    const end = { id: old.id, expected: "stopping", patch: { state: "ended", reason: "stopped", endedAt: T0 + 1 } } as const;
    const ended = { at: T0 + 1, event: "job-gone" };
    const rival = () => store.sessions.insert(sampleSession(), start);
    const outcomes = await Promise.allSettled([
      store.sessions.succeed(end, sampleSession(successor), ended),
      store.sessions.succeed(end, sampleSession(successor), ended),
      rival(),
    ]);
    const made = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" && outcome.value !== null ? [outcome.value] : []));
    expect(made).toEqual([{ row: expect.objectContaining({ state: "ended", successor: null }), heir: expect.objectContaining(successor) }]);
    await expect(rival()).rejects.toBeInstanceOf(SlotTaken);
    const open = await store.sessions.find({ show: "open", user: old.user, limit: 10 });
    expect(open).toEqual([expect.objectContaining({ ...successor, state: "requested", successor: null })]);
    expect(await store.events.ofSession(open[0]?.id ?? "")).toMatchObject([{ event: "launched", detail: `instead of ${old.id}` }]);
  });

  it("begins no heir that another hub has called off since the row was read", async () => {
    const successor = { options: {}, resources: sampleSession().resources, workingDirectory: null, openPath: "" };
    const old = await store.sessions.insert(sampleSession({ state: "stopping", successor }), start);
    await store.sessions.update(old.id, "stopping", { successor: null }, null);
    const end = { id: old.id, expected: "stopping", patch: { state: "ended", reason: "stopped", endedAt: T0 + 1 } } as const;
    expect(await store.sessions.succeed(end, sampleSession(successor), { at: T0 + 1, event: "job-gone" })).toBeNull();
    expect(await store.sessions.find({ show: "open", user: old.user, limit: 10 })).toMatchObject([{ id: old.id, state: "stopping" }]);
  });

  it("gives a session back as it was stored", async () => {
    const session = sampleSession({ options: { cpus: 4, note: 'it\'s "odd"; drop table', gpu: true }, lastActivityAt: T0 + 5 });
    const inserted = await store.sessions.insert(session, start);
    expect(inserted).toMatchObject({ ...session, state: "requested", stateSince: T0, jobId: null, restarts: 0 });
    expect(await store.sessions.get(session.id)).toEqual(inserted);
    expect(await store.sessions.byJobName(session.jobName)).toEqual(inserted);
    expect(await store.sessions.get("nobody222222")).toBeNull();
    expect(await store.sessions.byJobName("fairway-x")).toBeNull();
  });

  it("allows one open session a slot, and the next when that has ended", async () => {
    const first = await store.sessions.insert(sampleSession(), start);
    await expect(store.sessions.insert(sampleSession(), start)).rejects.toThrow(SlotTaken);
    await store.sessions.insert(sampleSession({ name: "second" }), start);
    await store.sessions.insert(sampleSession({ user: "bob" }), start);
    await store.sessions.update(
      first.id,
      "requested",
      { state: "ended", reason: "stopped", endedAt: T0 + 1 },
      { at: T0 + 1, event: "stopped" },
    );
    await store.sessions.insert(sampleSession({ createdAt: T0 + 2 }), start);
    expect(await store.sessions.countOpen("alice")).toBe(2);
  });

  it("does not take a repeated job name for a taken slot", async () => {
    const first = await store.sessions.insert(sampleSession(), start);
    const again = store.sessions.insert(sampleSession({ name: "other", jobName: first.jobName }), start);
    await expect(again).rejects.toSatisfy((error) => !(error instanceof SlotTaken));
    expect(await store.sessions.find({ limit: 10 })).toHaveLength(1);
  });

  it("lets exactly one of two launches into a slot when both come at once", async () => {
    const both = await Promise.allSettled([store.sessions.insert(sampleSession(), start), store.sessions.insert(sampleSession(), start)]);
    expect(both.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("changes state only from the state that was expected, with one line of history", async () => {
    const { id } = await store.sessions.insert(sampleSession(), start);
    const moved = await store.sessions.update(
      id,
      "requested",
      { state: "submitting", submitStartedAt: T0 + 1, submitAttempts: 1 },
      { at: T0 + 1, event: "submit", detail: "first" },
    );
    expect(moved).toMatchObject({ state: "submitting", stateSince: T0 + 1, submitAttempts: 1 });
    expect(await store.sessions.update(id, "requested", { state: "stopping" }, { at: T0 + 2, event: "late" })).toBeNull();
    expect(await store.sessions.update("gone22222222", "requested", {}, { at: T0, event: "x" })).toBeNull();
    expect(await store.events.ofSession(id)).toMatchObject([
      { at: T0, fromState: null, toState: "requested", event: "launched", detail: null },
      { at: T0 + 1, fromState: "requested", toState: "submitting", event: "submit", detail: "first" },
    ]);
  });

  it("lets exactly one of two competing changes win", async () => {
    const { id } = await store.sessions.insert(sampleSession(), start);
    const results = await Promise.all([
      store.sessions.update(id, "requested", { state: "submitting" }, { at: T0 + 1, event: "submit" }),
      store.sessions.update(id, "requested", { state: "stopping" }, { at: T0 + 1, event: "stop" }),
    ]);
    expect(results.filter((row) => row !== null)).toHaveLength(1);
    expect(await store.events.ofSession(id)).toHaveLength(2);
  });

  it("keeps a session's facts without a line of history", async () => {
    const { id } = await store.sessions.insert(sampleSession(), start);
    const job = {
      id: "17",
      state: "PENDING",
      pendingReason: "Priority",
      node: null,
      submittedAt: T0,
      startedAt: null,
      endsAt: null,
      restarts: 0,
    };
    const row = await store.sessions.update(id, "requested", { jobId: "17", job }, null);
    expect(row).toMatchObject({ state: "requested", stateSince: T0, jobId: "17", job });
    expect(await store.sessions.update(id, "requested", { job: null }, null)).toMatchObject({ job: null, jobId: "17" });
    expect(await store.events.ofSession(id)).toHaveLength(1);
  });

  it("finds sessions by state, person and cluster, newest first", async () => {
    const a = await store.sessions.insert(sampleSession({ name: "a", createdAt: T0 + 1 }), start);
    const b = await store.sessions.insert(sampleSession({ name: "b", createdAt: T0 + 2, cluster: "other" }), start);
    const c = await store.sessions.insert(sampleSession({ name: "c", createdAt: T0 + 3, user: "bob" }), start);
    await store.sessions.update(a.id, "requested", { state: "ended", endedAt: T0 + 9 }, { at: T0 + 9, event: "end" });
    const ids = async (search: Omit<Parameters<typeof store.sessions.find>[0], "limit">) =>
      (await store.sessions.find({ ...search, limit: 10 })).map((row) => row.id);
    expect(await ids({})).toEqual([c.id, b.id, a.id]);
    expect(await ids({ show: "open", user: "alice" })).toEqual([b.id]);
    expect(await ids({ show: "ended" })).toEqual([a.id]);
    expect(await ids({ cluster: "main" })).toEqual([c.id, a.id]);
    expect(await store.sessions.find({ limit: 1 })).toHaveLength(1);
    expect((await store.sessions.openOfCluster("main")).map((row) => row.id)).toEqual([c.id]);
    expect(await store.sessions.usersOfOpen("main")).toEqual([c.user]);
  });

  it("knows the newest session of each slot: the open one, or what ended there lately", async () => {
    const insertEnded = async (name: string, createdAt: number, endedAt: number) => {
      const row = await store.sessions.insert(sampleSession({ name, createdAt }), start);
      await store.sessions.update(row.id, "requested", { state: "ended", endedAt }, { at: endedAt, event: "end" });
      return row.id;
    };
    await insertEnded("old", T0, T0 + 10);
    await insertEnded("again", T0, T0 + 100);
    const open = await store.sessions.insert(sampleSession({ name: "again", createdAt: T0 }), start);
    await insertEnded("twice", T0 + 20, T0 + 90);
    const last = await insertEnded("twice", T0 + 95, T0 + 100);
    const rows = await store.sessions.latestPerSlot({ sinceMs: T0 + 50 });
    expect(rows.map((row) => row.id).sort()).toEqual([open.id, last].sort());
  });

  it("notes what people were told for one of two who saw the same, and never after the end", async () => {
    const seen = await store.sessions.insert(sampleSession(), start);
    const note = { at: T0 + 5, event: "warned-of-end" };
    const tell = (markMs: number) => store.sessions.noteTimes(seen.id, seen, { warnedEndsAt: T0 + 100, warnedMarkMs: markMs }, note);
    const told = (await Promise.all([tell(30), tell(30)])).filter((row) => row !== null);
    expect(told).toMatchObject([{ warnedEndsAt: T0 + 100, warnedMarkMs: 30 }]);
    expect((await store.events.ofSession(seen.id)).map(({ event }) => event)).toEqual([start.event, "warned-of-end"]);
    const ended = await store.sessions.update(seen.id, "requested", { state: "ended", endedAt: T0 + 9 }, { at: T0 + 9, event: "end" });
    expect(ended && (await store.sessions.noteTimes(seen.id, ended, { keptAt: T0 + 10 }, { at: T0 + 10, event: "kept" }))).toBeNull();
  });

  it("keeps the newest activity of open sessions", async () => {
    const { id } = await store.sessions.insert(sampleSession(), start);
    await store.sessions.recordActivity(new Map([[id, T0 + 50]]), "edge");
    await store.sessions.recordActivity(new Map([[id, T0 + 20]]), "edge");
    expect(await store.sessions.get(id), "through the edge is not over ssh").toMatchObject({
      lastActivityAt: T0 + 50,
      sshActivityAt: null,
    });
    await store.sessions.recordActivity(new Map([[id, T0 + 30]]), "door");
    expect(await store.sessions.get(id)).toMatchObject({ lastActivityAt: T0 + 50, sshActivityAt: T0 + 30 });
    await store.sessions.recordActivity(new Map([[id, T0 + 60]]), "door");
    expect(await store.sessions.get(id)).toMatchObject({ lastActivityAt: T0 + 60, sshActivityAt: T0 + 60 });
    await store.sessions.recordActivity(new Map(), "door");
  });

  it("keeps people, and a disablement through the next sign-in", async () => {
    await store.users.saveSeen("alice", "user", T0);
    expect(await store.users.setDisabled("alice", T0 + 1)).toBe(true);
    expect(await store.users.setDisabled("nobody", T0 + 1)).toBe(false);
    const again = await store.users.saveSeen("alice", "admin", T0 + 2);
    expect(again).toEqual({ name: "alice", role: "admin", disabledAt: T0 + 1, createdAt: T0, lastSeenAt: T0 + 2 });
    expect((await store.users.disabledSince(T0)).map((user) => user.name)).toEqual(["alice"]);
    expect(await store.users.get("bob")).toBeNull();
  });

  it("keeps sign-ins by hash, ends them once, forgets the old ones", async () => {
    await store.users.saveSeen("alice", "user", T0);
    const login = {
      id: "a",
      secretHash: "h",
      user: "alice",
      createdAt: T0,
      expiresAt: T0 + 99,
      lastUsedAt: T0,
      address: "::1",
      endedAt: null,
    };
    await store.logins.insert(login);
    await store.logins.insert({ ...login, id: "b", secretHash: "g" });
    await store.logins.touch("a", T0 + 3);
    expect(await store.logins.byHash("h")).toEqual({ ...login, lastUsedAt: T0 + 3 });
    expect(await store.logins.end("a", T0 + 5)).toBe(true);
    expect(await store.logins.end("a", T0 + 6)).toBe(false);
    await store.logins.endAllOf("alice", T0 + 7);
    expect((await store.logins.endedSince(T0 + 6)).map((row) => row.id)).toEqual(["b"]);
    expect(await store.logins.prune(T0 + 6)).toBe(1);
    expect(await store.logins.get("a")).toBeNull();
  });

  it("keeps tokens by hash; only their owner revokes them", async () => {
    await store.users.saveSeen("alice", "user", T0);
    const token = {
      id: "t",
      hash: "h",
      user: "alice",
      note: "ci",
      scopes: ["self" as const],
      createdAt: T0,
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
    };
    await store.tokens.insert(token);
    expect(await store.tokens.byHash("h")).toEqual(token);
    expect(await store.tokens.revoke("bob", "t", T0 + 1)).toBe(false);
    expect(await store.tokens.ofUser("alice")).toHaveLength(1);
    expect(await store.tokens.revoke("alice", "t", T0 + 1)).toBe(true);
    expect(await store.tokens.revoke("alice", "t", T0 + 2)).toBe(false);
    expect(await store.tokens.ofUser("alice")).toEqual([]);
    expect((await store.tokens.revokedSince(T0 + 1)).map((row) => row.id)).toEqual(["t"]);
  });

  it("refuses a credential of somebody it does not know (foreign keys are on)", async () => {
    const row = {
      id: "t",
      hash: "h",
      user: "ghost",
      note: "",
      scopes: [],
      createdAt: T0,
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
    };
    await expect(store.tokens.insert(row)).rejects.toThrow(/foreign key/i);
  });

  it("logs unbounded input bounded and on one line (CVE-2026-54338, log floods)", async () => {
    const nasty = `x\n${"é".repeat(100_000)}`;
    const entry = {
      at: T0,
      actor: nasty,
      via: "password",
      action: "sign-in",
      target: nasty,
      outcome: "refused",
      detail: nasty,
      address: nasty,
    };
    await store.audit.record(entry);
    const [row] = await store.audit.list({ limit: 5 });
    for (const text of [row?.actor, row?.target, row?.detail, row?.address]) {
      expect(text).toHaveLength(200);
      expect(text).toMatch(/^x\?é/);
    }
  });

  it("keeps settings", async () => {
    expect(await store.settings.get("a")).toBeNull();
    await store.settings.set("a", "1");
    await store.settings.set("a", "2");
    expect(await store.settings.get("a")).toBe("2");
  });
}
