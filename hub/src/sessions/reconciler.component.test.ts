/** What a cluster says against our rows: real SQLite, a cluster in memory, and a clock that the test holds. */
import type { SessionState } from "@fairway/contract/states.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Job } from "../schedulers/types.ts";
import type { Store } from "../store/index.ts";
import type { SessionPatch } from "../store/sessions.ts";
import { openTemporaryStore, sampleSession } from "../store/testing/sample.ts";
import { SessionChanges } from "./changes.ts";
import { Reconciler } from "./reconciler.ts";
import { MemoryCluster } from "./testing/memory-cluster.ts";

let store: Store;
let remove: () => Promise<void>;
let now: number;
let cluster: MemoryCluster;
let changes: SessionChanges;
let reconciler: Reconciler;
let adopted: Job[];
let errors: unknown[];
let failAdoption: boolean;
let answering: Set<string>;
const { signal } = new AbortController();

beforeEach(async () => {
  ({ store, remove } = await openTemporaryStore());
  now = 1_700_000_000_000;
  adopted = [];
  errors = [];
  failAdoption = false;
  answering = new Set();
  begin(new MemoryCluster(() => now));
});
afterEach(() => remove());

function begin(what: MemoryCluster): void {
  cluster = what;
  changes = new SessionChanges(
    store.sessions,
    () => now,
    (error) => errors.push(error),
  );
  reconciler = new Reconciler({
    cluster: what.cluster,
    store: store.sessions,
    changes,
    now: () => now,
    adopt: async (job) => {
      if (failAdoption) throw new Error("no room");
      adopted.push(job);
    },
    isAnswering: (id) => answering.has(id),
    onError: (error) => errors.push(error),
  });
}

/** One round of the watcher's, `afterMs` from now. */
async function look(afterMs = 0, isComplete = false, users: readonly string[] | null = null): Promise<void> {
  now += afterMs;
  const askedAt = now;
  const list = await cluster.list(null, { namePrefix: "fw-", users });
  await reconciler.take({ askedAt, ...list, isComplete }, signal);
}

/** So many rounds that whatever must come in time has come. */
async function lookForLong(ms = 150_000, users: readonly string[] | null = null): Promise<void> {
  for (let waited = 0; waited < ms; waited += 2500) await look(2500, false, users);
}

async function insert(state: SessionState, patch: SessionPatch = {}, name = "") {
  const session = sampleSession({ app: "noop", name, createdAt: now });
  await store.sessions.insert(
    { ...session, jobName: `fw-${session.id}`, submitStartedAt: now, ...patch, state },
    { at: now, event: "test" },
  );
  return { id: session.id, name: `fw-${session.id}` };
}
const read = async (id: string) => {
  const row = await store.sessions.get(id);
  if (row === null) throw new Error("the row is gone");
  return row;
};
const RUNNING = { jobId: "100", enrolledAt: 1_700_000_000_000, enrolledJob: "100", enrolledRestarts: 0, host: "c1", port: 1 };
const READY = { ...RUNNING, readyAt: 1_700_000_000_000 };

describe("a submission whose answer was lost", () => {
  test("is found again by its name and owner", async () => {
    const { id, name } = await insert("submitting");
    cluster.add({ name, user: "alice" });
    await look(100);
    expect(await read(id)).toMatchObject({ state: "pending", jobId: "100" });
  });

  test("is not concluded to have failed while its process lives, nor in the moments after", async () => {
    const { id, name } = await insert("submitting");
    cluster.submitting.add(name);
    await lookForLong();
    expect((await read(id)).state).toBe("submitting");
    cluster.submitting.delete(name);
    await look(2500);
    expect((await read(id)).state).toBe("submitting");
    await look(3500);
    expect((await read(id)).state).toBe("requested");
  });

  test("that accounting alone still knows is not sent again", async () => {
    const { id, name } = await insert("submitting");
    cluster.add({ name, user: "alice" });
    cluster.end("100", "completed");
    cluster.leaveQueue("100");
    await lookForLong(20_000);
    expect(await read(id)).toMatchObject({ state: "ended", reason: "exited", jobId: "100" });
  });

  test("waits while accounting is away; where there is none the queue's word counts", async () => {
    const { id } = await insert("submitting");
    cluster.faults.accounting = "away";
    await lookForLong(30_000);
    expect((await read(id)).state).toBe("submitting");
    cluster.faults.accounting = "off";
    await lookForLong(15_000);
    expect((await read(id)).state).toBe("requested");
  });

  test("and whose stop was asked for: it ends, without having been sent", async () => {
    const { id } = await insert("stopping", { stopReason: "stopped" });
    await lookForLong(15_000);
    expect(await read(id)).toMatchObject({ state: "ended", reason: "stopped" });
  });

  test("but which has enrolled was not lost, although the queue hides it", async () => {
    const { id } = await insert("starting", { ...RUNNING, jobId: null });
    const stopping = await insert("stopping", { ...RUNNING, jobId: null, stopReason: "stopped" }, "other");
    cluster.faults.queue = "shows nothing";
    cluster.faults.accounting = "off";
    await lookForLong();
    expect((await read(id)).state).toBe("starting");
    expect((await read(stopping.id)).state).toBe("stopping");
  });
});

describe("whose job it is", () => {
  test("another person's job of the same name is nothing to us, wherever it is shown", async () => {
    const { id, name } = await insert("submitting");
    cluster.add({ name, user: "bob" });
    cluster.run("100");
    await lookForLong(15_000);
    expect(await read(id)).toMatchObject({ state: "requested", jobId: null });
  });

  test("of two jobs of one name and owner, the one whose id we know", async () => {
    const { id, name } = await insert("pending", { jobId: "101" });
    cluster.add({ name, user: "alice" });
    cluster.end("100", "failed");
    cluster.add({ name, user: "alice" });
    await look(5000);
    expect((await read(id)).state).toBe("pending");
    cluster.run("101");
    await look(5000);
    expect((await read(id)).state).toBe("starting");
  });

  test("an id that was used again belongs to another job", async () => {
    const { id } = await insert("ready", READY);
    cluster.add({ name: "fw-other", user: "alice" });
    await look(2500);
    expect(await read(id)).toMatchObject({ state: "ready", job: null });
  });

  test("at a site with one service account, that account's jobs are everybody's", async () => {
    begin(new MemoryCluster(() => now, {}, "service"));
    const { id, name } = await insert("submitting");
    cluster.add({ name, user: "fairway" });
    await look(100);
    expect((await read(id)).state).toBe("pending");
  });
});

describe("a job that the queue no longer shows", () => {
  test("accounting tells how it ended", async () => {
    const { id, name } = await insert("ready", READY);
    cluster.add({ name, user: "alice" });
    cluster.end("100", "out_of_memory", 137);
    cluster.leaveQueue("100");
    await look(5000);
    expect(await read(id)).toMatchObject({ state: "ended", reason: "out_of_memory", exitCode: 137 });
  });

  test("is kept while accounting is away, and while it believes in the job", async () => {
    const { id, name } = await insert("ready", READY);
    cluster.add({ name, user: "alice" });
    cluster.run("100");
    cluster.leaveQueue("100");
    cluster.add({ name: "fw-other", user: "bob" });
    await lookForLong();
    cluster.faults.accounting = "away";
    await lookForLong();
    expect((await read(id)).state).toBe("ready");
  });

  test("of which accounting knows nothing is lost, after a time, when the queue shows others", async () => {
    const { id } = await insert("ready", READY);
    cluster.faults.accounting = "off";
    cluster.add({ name: "fw-other", user: "bob" });
    await lookForLong(100_000);
    expect((await read(id)).state).toBe("ready");
    await lookForLong(50_000);
    expect(await read(id)).toMatchObject({ state: "ended", reason: "lost" });
  });

  test("is kept while its owner cannot be resolved where squeue runs: nobody asked about it, and its time begins anew", async () => {
    const session = await insert("starting", RUNNING);
    const lost = await insert("submitting", {}, "lost");
    cluster.faults.accounting = "off";
    cluster.add({ name: session.name, user: "alice" });
    cluster.run("100");
    cluster.add({ name: "fw-other", user: "bob" });
    cluster.unknownUsers.add("alice");
    await lookForLong(600_000, ["alice", "bob"]);
    expect((await read(session.id)).state).toBe("starting");
    expect((await read(lost.id)).state).toBe("submitting");
    cluster.unknownUsers.clear();
    cluster.forget("100");
    await lookForLong(100_000, ["alice", "bob"]);
    expect((await read(session.id)).state).toBe("starting");
    await lookForLong(50_000, ["alice", "bob"]);
    expect(await read(session.id)).toMatchObject({ state: "ended", reason: "lost" });
  });

  test("is kept while its app answers, whatever the queue does not show", async () => {
    const { id } = await insert("ready", READY);
    cluster.faults.accounting = "off";
    cluster.add({ name: "fw-other", user: "bob" });
    answering.add(id);
    await lookForLong(600_000);
    expect((await read(id)).state).toBe("ready");
    answering.delete(id);
    await lookForLong(15_000);
    expect(await read(id)).toMatchObject({ state: "ended", reason: "lost" });
  });

  test("is kept when the queue shows nothing at all: it may be hiding them (PrivateData=jobs)", async () => {
    const { id } = await insert("ready", READY);
    cluster.faults.queue = "shows nothing";
    cluster.faults.accounting = "off";
    await lookForLong(600_000);
    expect((await read(id)).state).toBe("ready");
  });

  test("was stopped by us: over once the cluster took the stop, and not before", async () => {
    const { id } = await insert("stopping", { ...READY, stopReason: "stopped" });
    cluster.faults.queue = "shows nothing";
    cluster.faults.accounting = "off";
    await lookForLong(600_000);
    expect((await read(id)).state).toBe("stopping");
    reconciler.noteCancelled(id);
    await lookForLong();
    expect(await read(id)).toMatchObject({ state: "ended", reason: "stopped" });
  });

  test("a runaway in accounting does not hold a stop up for ever", async () => {
    const { id, name } = await insert("stopping", { ...READY, stopReason: "stopped" });
    cluster.add({ name, user: "alice" });
    cluster.run("100");
    cluster.leaveQueue("100");
    reconciler.noteCancelled(id);
    await lookForLong();
    expect(await read(id)).toMatchObject({ state: "ended", reason: "stopped" });
  });

  test("an answer asked for before the job was known says nothing of it", async () => {
    const askedAt = now;
    now += 5000;
    const { id } = await insert("pending", { jobId: "100", submitStartedAt: now - 60_000, stateSince: now });
    cluster.faults.accounting = "off";
    const jobs = [cluster.add({ name: "fw-other", user: "bob" })];
    for (let round = 0; round < 20; round += 1) {
      now += 20_000;
      await reconciler.take({ askedAt, jobs, unknownUsers: [], isComplete: false }, signal);
    }
    expect((await read(id)).state).toBe("pending");
  });
});

describe("one that cannot be compared holds up no other", () => {
  test("a transport that cannot tell whether it submits", async () => {
    const [stuck, fine] = [await insert("submitting"), await insert("pending", { jobId: "100" }, "fine")];
    cluster.cluster.transport.isSubmitting = async () => {
      throw new Error("too many open files");
    };
    cluster.add({ name: fine.name, user: "alice" });
    cluster.run("100");
    await look(10_000);
    expect((await read(fine.id)).state).toBe("starting");
    expect((await read(stuck.id)).state).toBe("submitting");
    expect(String(errors[0])).toContain(stuck.id);
    await reconciler.whenReconciled(signal);
  });
});

describe("at our start", () => {
  test("who waits to be sent is looked for first: found in the queue or in accounting it is not sent again", async () => {
    const [queued, over, fresh] = [
      await insert("requested"),
      await insert("requested", {}, "over"),
      await insert("requested", {}, "fresh"),
    ];
    cluster.add({ name: queued.name, user: "alice" });
    cluster.run("100");
    cluster.add({ name: over.name, user: "alice" });
    cluster.end("101", "failed", 1);
    cluster.leaveQueue("101");
    await look(0, true);
    await reconciler.whenReconciled(signal);
    expect((await read(queued.id)).state).toBe("starting");
    expect(await read(over.id)).toMatchObject({ state: "ended", reason: "failed" });
    expect((await read(fresh.id)).state).toBe("requested");
  });

  test("jobs without a row are taken in: not those that are over, nor another person's of an old name", async () => {
    cluster.add({ name: "fw-unknown", user: "alice" });
    cluster.add({ name: "fw-over", user: "alice" });
    cluster.end("101", "completed");
    const ended = await insert("ended", { reason: "stopped" });
    cluster.add({ name: ended.name, user: "bob" });
    cluster.add({ name: ended.name, user: "alice" });
    await look(0, true);
    expect(adopted.map((job) => job.id)).toEqual(["100", "103"]);
  });

  test("one that cannot be taken in makes the watcher ask again, and keeps nobody from being sent", async () => {
    cluster.add({ name: "fw-unknown", user: "alice" });
    failAdoption = true;
    await expect(look(0, true)).rejects.toThrow(/could not be taken in/);
    await reconciler.whenReconciled(signal);
    failAdoption = false;
    await look(0, true);
    expect(adopted).toHaveLength(1);
  });

  test("nobody waits for the first answer when all is to end (a shutdown once hung here)", async () => {
    await expect(reconciler.whenReconciled(AbortSignal.abort(new Error("SIGTERM")))).rejects.toThrow("SIGTERM");
    const ending = new AbortController();
    const waiting = reconciler.whenReconciled(ending.signal);
    ending.abort(new Error("SIGTERM"));
    await expect(waiting).rejects.toThrow("SIGTERM");
  });
});
