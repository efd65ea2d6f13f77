import type { SessionEvent } from "@fairway/contract/api.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Cluster } from "../clusters/cluster.ts";
import type { JobUsage } from "../schedulers/facts.ts";
import { Settler, type SettlerPace } from "./settling.ts";
import { MemoryCluster, sampleClusterConfig } from "./testing/memory-cluster.ts";
import { MemoryInsight } from "./testing/memory-insight.ts";
import { ENROLLED, sampleRow } from "./testing/rows.ts";
import { type Hub, person, Site } from "./testing/site.ts";

const alice = person("alice");
const PACE: SettlerPace = { roundMs: 5, quietMs: 30_000, logAfterMs: 0, usageAfterMs: 10, usageEveryMs: 20 };
const MINUTE = 60_000;

let site: Site;
let hub: Hub;
let insight: MemoryInsight;
let settlers: { stop(): Promise<void> }[];
beforeEach(async () => {
  site = await Site.open();
  const present = { nodes: [], pending: [] };
  insight = new MemoryInsight(null as never, present);
  site.cluster.insight = insight;
  hub = site.start();
  settlers = [];
});
afterEach(async () => {
  for (const settler of settlers) await settler.stop();
  await site.close();
});

function settle(pace: Partial<SettlerPace> = {}, clusters = new Map([["main", site.cluster.cluster]])) {
  const ending = new AbortController();
  const { sessions: store, history } = site.store;
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const options = { store, history, changes: hub.changes, clusters, now: site.now, onError, pace: { ...PACE, ...pace } };
  const running = new Settler(options).run(ending.signal);
  const settler = {
    errors,
    stop: async () => {
      ending.abort();
      await running;
    },
  };
  settlers.push(settler);
  return settler;
}

const usage = (jobId: string, changes: Partial<JobUsage> = {}): JobUsage => ({
  jobId,
  state: "FAILED",
  elapsedSeconds: 600,
  allocatedCpus: 1,
  cpuSeconds: 300,
  requestedMemoryBytes: 2 ** 30,
  maxMemoryBytes: 2 ** 29,
  gpuFraction: null,
  ...changes,
});

let names = 0;
/** A session whose job has run. */
async function launch(): Promise<{ id: string; job: string }> {
  names += 1;
  const { id } = await hub.sessions.launch(alice, { profile: "small", name: `s${names}` });
  const { jobId } = await site.waitFor(id, { state: "pending" });
  if (jobId === null) throw new Error("it has no job");
  site.cluster.run(jobId);
  await site.waitFor(id, { state: "starting" });
  return { id, job: jobId };
}

/** And has failed, with this at the end of its log. */
async function fail(log: string, exitCode = 1): Promise<{ id: string; job: string }> {
  const started = await launch();
  site.cluster.logs.set(started.id, log);
  site.cluster.end(started.job, "failed", exitCode);
  await site.waitFor(started.id, { state: "ended" });
  return started;
}

const settled = (id: string) => site.waitFor(id, { settledAt: expect.any(Number) as unknown as number });

describe("after a bad end", () => {
  it("the cause is found, then what was used; its viewers hear of both", async () => {
    settle();
    const heard: Session[] = [];
    const stop = hub.sessions.subscribe(alice, null, (event: SessionEvent) => {
      if (event.kind === "session" && event.session.state === "ended") heard.push(event.session);
    });
    const { id, job } = await fail("starting\nModuleNotFoundError: No module named 'torch'\n");
    await site.waitFor(id, { ending: expect.objectContaining({ cause: "module_missing" }) as never });
    expect((await hub.sessions.get(alice, id)).line).toBe("Its log says that a Python module is missing: torch.");
    expect((await hub.sessions.get(alice, id)).usage).toBeNull();
    insight.usageNow = [usage(job)];
    const row = await settled(id);
    expect(row.usage).toMatchObject({ cpuFraction: 0.5, memoryFraction: 0.5 });
    expect(row.ending?.lastLines).toEqual(["starting", "ModuleNotFoundError: No module named 'torch'"]);
    stop();
    expect(heard.map((session) => [session.ending?.cause ?? null, session.usage !== null])).toEqual([
      [null, false],
      ["module_missing", false],
      ["module_missing", true],
    ]);
  });

  it("nothing leads back to it once somebody has begun anew in its slot", async () => {
    settle();
    const routed: string[] = [];
    const stop = hub.routes.subscribe((change) => {
      if (change.kind === "route") routed.push(change.route.state);
    });
    const { id } = await fail("x: not found\n", 127);
    await hub.sessions.relaunch(alice, id);
    await site.waitFor(id, { ending: expect.objectContaining({ cause: "command_not_found" }) as never });
    stop();
    expect(routed.slice(routed.indexOf("ended") + 1)).not.toContain("ended");
  });

  it("of a long log the end is read, and only that", async () => {
    settle();
    const { id } = await fail(`${"noise and more noise\n".repeat(20_000)}OSError: Disk quota exceeded\n`);
    const { ending } = await site.waitFor(id, { ending: expect.objectContaining({ cause: "quota" }) as never });
    expect(ending?.lastLines).toHaveLength(20);
    // Of 420 pieces.
    expect(site.cluster.logReadings.length).toBeLessThan(80);
  });

  it("a cause that is not in the log yet is found when it is", async () => {
    settle();
    const { id, job } = await fail("working\n");
    await site.waitFor(id, { ending: expect.objectContaining({ cause: "unknown" }) as never });
    site.cluster.logs.set(id, "working\nslurmstepd-c1: error: Detected 1 oom_kill event in StepId=2.batch.\n");
    insight.usageNow = [usage(job)];
    expect((await settled(id)).ending?.cause).toBe("out_of_memory");
  });

  it("a log that cannot be read is tried again, and in the end done without", async () => {
    settle();
    site.cluster.faults.log = "away";
    const { id, job } = await fail("never seen\n", 127);
    insight.usageNow = [usage(job)];
    for (let tries = 1; tries < 4; tries++) {
      await expect.poll(() => site.cluster.logReadings.length, { timeout: 20_000 }).toBe(tries);
      expect((await site.store.sessions.get(id))?.ending).toBeNull();
      site.jump(20_000);
      await hub.changes.retell(id);
    }
    expect((await settled(id)).ending).toMatchObject({ cause: "command_not_found", lastLines: [] });
  });
});

describe("after any other end", () => {
  it("no log is read, and what was used is told", async () => {
    settle();
    const { id, job } = await launch();
    insight.usageNow = [usage(job)];
    site.cluster.end(job, "completed");
    expect(await settled(id)).toMatchObject({ reason: "exited", ending: null, usage: { elapsedSeconds: 600 } });
    expect(site.cluster.logReadings).toEqual([]);
  });

  it("before it ran, nothing is asked", async () => {
    settle();
    const { id } = await hub.sessions.launch(alice, { profile: "small" });
    await site.waitFor(id, { state: "pending" });
    await hub.sessions.stop(alice, id);
    expect(await settled(id)).toMatchObject({ reason: "stopped", ending: null, usage: null });
    expect(insight.asked.usage).toBe(0);
  });

  it("accounting is asked once for all that ended together", async () => {
    const started = await Promise.all(Array.from({ length: 5 }, launch));
    for (const { job } of started) site.cluster.end(job, "completed");
    for (const { id } of started) await site.waitFor(id, { state: "ended" });
    insight.usageNow = started.map(({ job }) => usage(job));
    site.jump(1000);
    settle();
    for (const { id } of started) expect((await settled(id)).usage).not.toBeNull();
    expect(insight.asked.usage).toBe(1);
  });
});

describe("accounting that", () => {
  it("runs behind is asked again, until it knows", async () => {
    settle();
    const { id, job } = await fail("x\n");
    await expect.poll(() => insight.asked.usage, { timeout: 20_000 }).toBeGreaterThan(2);
    insight.usageNow = [usage(job)];
    expect((await settled(id)).usage).not.toBeNull();
  });

  it("has no steps yet is asked again, but not for ever", async () => {
    settle();
    const { id, job } = await fail("x\n");
    insight.usageNow = [usage(job, { maxMemoryBytes: null, cpuSeconds: null })];
    expect((await settled(id)).usage).toMatchObject({ elapsedSeconds: 600, cpuFraction: null, memoryFraction: null });
    expect(insight.asked.usage).toBeGreaterThanOrEqual(3);
  });

  it("never hears of a job is done without after ten minutes", async () => {
    settle();
    const { id } = await fail("x\n");
    await expect.poll(() => insight.asked.usage, { timeout: 20_000 }).toBeGreaterThan(1);
    expect((await site.store.sessions.get(id))?.settledAt).toBeNull();
    site.jump(10 * MINUTE);
    expect(await settled(id)).toMatchObject({ usage: null, ending: { cause: "unknown" } });
  });

  it("is away says nothing: it is asked when it is back, however late", async () => {
    const settler = settle();
    insight.isAway = true;
    const { id, job } = await fail("x\n");
    await expect.poll(() => settler.errors.length, { timeout: 20_000 }).toBeGreaterThan(1);
    site.jump(20 * MINUTE);
    const before = settler.errors.length;
    await expect.poll(() => settler.errors.length, { timeout: 20_000 }).toBeGreaterThan(before + 1);
    expect((await site.store.sessions.get(id))?.settledAt).toBeNull();
    insight.usageNow = [usage(job)];
    insight.isAway = false;
    expect((await settled(id)).usage).not.toBeNull();
  });

  it("is not kept is not waited for", async () => {
    settle();
    insight.usageNow = null;
    const { id } = await fail("x: not found\n", 127);
    expect(await settled(id)).toMatchObject({ usage: null, ending: { cause: "command_not_found" } });
    expect(insight.asked.usage).toBe(1);
  });
});

it("a scheduler that knows nothing of itself is asked for the log alone", async () => {
  site.cluster.insight = null;
  settle();
  const { id } = await fail("y: Permission denied\n");
  expect(await settled(id)).toMatchObject({ usage: null, ending: { cause: "permission" } });
});

it("whoever comes up next goes on where the last one was killed", async () => {
  const first = settle();
  const { id, job } = await fail("MemoryError\n");
  await site.waitFor(id, { ending: expect.objectContaining({ cause: "out_of_memory" }) as never });
  await first.stop();
  insight.usageNow = [usage(job)];
  expect((await site.store.sessions.get(id))?.settledAt).toBeNull();
  settle();
  expect((await settled(id)).usage).not.toBeNull();
});

it("what ended a day ago, or where nobody can be asked, is left as it is", async () => {
  const { id } = await fail("x\n");
  site.jump(25 * 60 * MINUTE);
  settle();
  expect(await settled(id)).toMatchObject({ ending: null, usage: null });
  expect(site.cluster.logReadings).toEqual([]);
});

it("a cluster whose accounting does not answer keeps nobody of another waiting", async () => {
  const memory = new MemoryCluster(site.now);
  const silent = new MemoryInsight(null as never, { nodes: [], pending: [] });
  silent.gate = new Promise(() => {});
  memory.insight = silent;
  const slow = new Cluster("slow", sampleClusterConfig(), memory, memory.cluster.transport);
  const ended = { ...ENROLLED, cluster: "slow", state: "ended", reason: "exited", endedAt: site.now() - MINUTE } as const;
  await site.store.sessions.insert(sampleRow(ended), { at: site.now(), event: "launched" });
  settle(
    {},
    new Map([
      ["slow", slow],
      ["main", site.cluster.cluster],
    ]),
  );
  await expect.poll(() => silent.asked.usage, { timeout: 20_000 }).toBe(1);
  const { id, job } = await fail("x\n");
  insight.usageNow = [usage(job)];
  expect((await settled(id)).usage).not.toBeNull();
});
