/** A waiting session swapped for a shape that starts at once: on real rows, with the engine, and killed where it hurts. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeAssociation, makeQueuedJob, samplePresent, sampleRules } from "../clusters/testing/sample-facts.ts";
import type { JobRequest } from "../schedulers/types.ts";
import { MemoryInsight } from "./testing/memory-insight.ts";
import { type Hub, person, Site } from "./testing/site.ts";

const CONFIG = `
listen: [{ address: 127.0.0.1, port: 8000 }]
sign_in: { pam: { cluster: main } }
clusters:
  main: { scheduler: slurm, act_as: sudo, callback_url: "https://hub.example", callback_ca: system }
profiles:
  - name: sized
    title: Sized
    app: noop
    cluster: main
    resources: { partition: batch, time: 1h }
    options:
      - { name: cpus, label: Cores, sets: cpus, kind: number, min: 1, max: 16, default: 8 }
      - { name: partition, label: Partition, sets: partition, kind: choice, default: batch,
          choices: [{ value: batch, label: Batch }, { value: debug, label: Debug }] }
      - { name: minutes, label: Minutes, sets: minutes, kind: number, min: 10, max: 240, step: 10, default: 60 }
`;
const LARGE = { cpus: 16, partition: "batch", minutes: 60 };
const SMALL = { cpus: 2, partition: "debug", minutes: 30 };

const alice = person("alice");
const conflict = { code: "conflict", status: 409 };
let site: Site;
let hub: Hub;
let insight: MemoryInsight;

beforeEach(async () => {
  site = await Site.open();
  insight = new MemoryInsight(sampleRules(), samplePresent());
  site.cluster.insight = insight;
  hub = site.start({ config: CONFIG });
});
afterEach(() => site.close());

const restart = () => site.start({ config: CONFIG });

async function launchPending(name = "big") {
  const { id } = await hub.sessions.launch(alice, { profile: "sized", name, options: LARGE });
  return site.waitFor(id, { state: "pending" });
}

/** All of hers, ended ones included. */
const rowsOf = (name = "big") =>
  site.store.sessions.find({ user: "alice", limit: 100 }).then((rows) => rows.filter((row) => row.name === name));
const liveJobs = () => site.cluster.jobs.filter(({ state }) => state === "pending" || state === "running");

/** The one other row of that name. */
async function heirOf(id: string, name = "big") {
  await site.waitFor(id, { state: "ended" });
  const [heir, ...others] = (await rowsOf(name)).filter((row) => row.id !== id);
  expect(others).toEqual([]);
  if (heir === undefined) throw new Error("nothing took its place");
  return heir;
}

describe("start instead", () => {
  test("stops what waits, and launches the other shape under its name", async () => {
    const before = await launchPending();
    const answer = await hub.launches.startInstead(alice, before.id, SMALL);
    expect(answer).toMatchObject({ id: before.id, state: "stopping", line: expect.stringContaining("another shape") });
    const heir = await heirOf(before.id);
    await site.waitFor(heir.id, { state: "pending", options: SMALL, app: "noop", profile: "sized", cluster: "main", successor: null });
    expect(await site.store.sessions.get(before.id)).toMatchObject({ reason: "stopped", successor: null });
    expect(liveJobs().map(({ name, request }) => [name, request?.resources.partition])).toEqual([[heir.jobName, "debug"]]);
  });

  test("of what was never sent is at once, and the answer is the new one", async () => {
    site.cluster.faults.queue = "away";
    await hub.stop();
    hub = restart();
    const { id } = await hub.sessions.launch(alice, { profile: "sized", name: "big", options: LARGE });
    const answer = await hub.launches.startInstead(alice, id, SMALL);
    expect(answer).toMatchObject({ name: "big", state: "requested", options: SMALL });
    expect(answer.id).toBe((await heirOf(id)).id);
    expect(site.cluster.submissions).toBe(0);
  });

  test("survives a hub that dies between the stop and the launch; whoever comes up next carries it out once", async () => {
    const before = await launchPending();
    site.cluster.faults.cancel = "fails";
    await hub.launches.startInstead(alice, before.id, SMALL);
    await site.waitFor(before.id, { state: "stopping" });
    await hub.stop();
    expect(await rowsOf()).toHaveLength(1);
    site.cluster.faults.cancel = "works";
    hub = restart();
    const heir = await heirOf(before.id);
    await site.waitFor(heir.id, { state: "pending" });
    expect(liveJobs()).toHaveLength(1);
  });

  test("by two hubs on one database is one launch", async () => {
    const other = restart();
    const before = await launchPending();
    const asked = await Promise.allSettled([
      hub.launches.startInstead(alice, before.id, SMALL),
      other.launches.startInstead(alice, before.id, { ...SMALL, cpus: 1 }),
    ]);
    expect(asked.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const heir = await heirOf(before.id);
    await site.waitFor(heir.id, { state: "pending" });
    expect(liveJobs()).toHaveLength(1);
    await other.stop();
  });

  test("nobody else gets the name in between, and it takes no place of its own against a limit", async () => {
    const before = await launchPending();
    const launch = (name: string) => hub.sessions.launch(alice, { profile: "sized", name, options: LARGE });
    site.cluster.faults.cancel = "fails";
    await hub.launches.startInstead(alice, before.id, SMALL);
    await expect(launch("big")).rejects.toMatchObject(conflict);
    for (const name of ["one", "two", "three", "four"]) await launch(name);
    await expect(launch("five")).rejects.toMatchObject({ code: "limit_reached" });
    site.cluster.end(before.jobId ?? "", "cancelled");
    expect((await heirOf(before.id)).options).toEqual(SMALL);
  });

  test("is refused once it runs, or is stopped, and then nothing is stopped", async () => {
    const running = await launchPending();
    site.cluster.run(running.jobId ?? "");
    await site.waitFor(running.id, { state: "starting" });
    await expect(hub.launches.startInstead(alice, running.id, SMALL)).rejects.toMatchObject(conflict);
    expect(site.cluster.cancelled).toEqual([]);
    await hub.sessions.stop(alice, running.id);
    await expect(hub.launches.startInstead(alice, running.id, SMALL)).rejects.toMatchObject(conflict);
    await site.waitFor(running.id, { state: "ended" });
    expect(await rowsOf()).toHaveLength(1);
  });

  test("goes on when the job starts before it could be cancelled: a swap was asked for", async () => {
    const before = await launchPending();
    site.cluster.faults.cancel = "fails";
    await hub.launches.startInstead(alice, before.id, SMALL);
    site.cluster.run(before.jobId ?? "");
    site.cluster.end(before.jobId ?? "", "completed");
    expect((await heirOf(before.id)).options).toEqual(SMALL);
  });

  test("is called off by a stop", async () => {
    const before = await launchPending();
    site.cluster.faults.cancel = "fails";
    await hub.launches.startInstead(alice, before.id, SMALL);
    await hub.sessions.stop(alice, before.id);
    site.cluster.end(before.jobId ?? "", "cancelled");
    await site.waitFor(before.id, { state: "ended" });
    expect(await rowsOf()).toHaveLength(1);
  });

  test("is only for one's own, with what a launch allows, and both scopes", async () => {
    const before = await launchPending();
    const swap = (actor: Parameters<Hub["launches"]["startInstead"]>[0], options: Record<string, string | number>) =>
      hub.launches.startInstead(actor, before.id, options);
    await expect(swap(person("bob"), SMALL)).rejects.toMatchObject({ code: "not_found" });
    await expect(swap(person("root", "admin"), SMALL)).rejects.toMatchObject({ code: "not_found" });
    await expect(swap({ ...alice, scopes: new Set(["start:servers"]) }, SMALL)).rejects.toMatchObject({ code: "not_allowed" });
    await expect(swap(alice, { ...SMALL, cpus: 99 })).rejects.toMatchObject({ code: "invalid_input" });
    await expect(swap(alice, { ...SMALL, minutes: 60 })).rejects.toMatchObject({
      code: "invalid_input",
      fields: [{ path: "options.minutes", message: expect.stringContaining("debug allows at most 30 min") }],
    });
    expect((await site.store.sessions.get(before.id))?.state).toBe("pending");
  });
});

describe("what would start at once", () => {
  const only = (isNow: (job: JobRequest) => boolean) => {
    insight.answerTrial = (job) => ({ kind: "would-start", at: site.now() + (isNow(job) ? 0 : 3_600_000) });
  };

  test("instead of a waiting session is what a trial confirms; nothing once it waits no longer", async () => {
    only(({ resources }) => resources.partition === "debug");
    const before = await launchPending();
    const { alternatives, asOf } = await hub.launches.alternatives(alice, before.id);
    expect(asOf).toEqual(expect.any(Number));
    expect(alternatives[0]).toMatchObject({ options: { ...LARGE, partition: "debug", minutes: 30 }, line: "On debug (at most 30 min)" });
    expect(alternatives.length).toBeLessThanOrEqual(3);
    expect(insight.asked.trial).toBeLessThanOrEqual(6);
    await expect(hub.launches.alternatives(person("bob"), before.id)).rejects.toMatchObject({ code: "not_found" });
    site.cluster.run(before.jobId ?? "");
    await site.waitFor(before.id, { state: "starting" });
    expect(await hub.launches.alternatives(alice, before.id)).toEqual({ alternatives: [], asOf: null });
  });

  test("is not asked for a job that no other size would start", async () => {
    const before = await launchPending();
    site.cluster.job(before.jobId ?? "").pendingReason = "QOSMaxJobsPerUserLimit";
    await site.waitFor(before.id, { job: expect.objectContaining({ pendingReason: "QOSMaxJobsPerUserLimit" }) });
    expect(await hub.launches.alternatives(alice, before.id)).toEqual({ alternatives: [], asOf: null });
    expect(insight.asked.trial).toBe(0);
  });
});

describe("a check before the launch", () => {
  const check = (options: Record<string, string | number>) => hub.launches.check(alice, { profile: "sized", options });

  test("says when it would start, and asks for nothing else when that is now", async () => {
    insight.answerTrial = () => ({ kind: "would-start", at: site.now() });
    expect(await check(LARGE)).toEqual({
      problems: [],
      resources: expect.objectContaining({ cpus: 16, partition: "batch" }),
      estimate: { kind: "now", asOf: expect.any(Number) },
      alternatives: [],
    });
    expect(insight.asked.trial).toBe(1);
  });

  test("says what would start sooner when it is later", async () => {
    insight.presentNow = samplePresent({ pending: [makeQueuedJob({ id: "1" })] });
    const later = site.now() + 3_600_000;
    insight.answerTrial = ({ resources }) => ({ kind: "would-start", at: resources.cpus > 8 ? later : site.now() });
    insight.presentNow = {
      ...insight.presentNow,
      nodes: insight.presentNow.nodes.map((node) => ({ ...node, cpus: { total: 16, free: 6 } })),
    };
    const { estimate, alternatives } = await check(LARGE);
    expect(estimate).toMatchObject({ kind: "at", at: later });
    expect(alternatives[0]).toMatchObject({ options: { ...LARGE, cpus: 6 }, line: "6 cores instead of 16" });
  });

  test("names what is wrong at its option, as a launch would refuse it, and asks the cluster nothing for it", async () => {
    expect((await check({ ...LARGE, cpus: 99 })).problems).toEqual([
      { path: "options.cpus", message: expect.stringContaining("between 1 and 16") },
    ]);
    const tooLong = await check({ ...LARGE, partition: "debug" });
    expect(tooLong.problems).toEqual([{ path: "options.minutes", message: expect.stringContaining("at most 30 min") }]);
    expect((await hub.launches.check(alice, { profile: "nothing" })).problems).toEqual([expect.objectContaining({ path: "profile" })]);
    expect(insight.asked.trial).toBe(0);
  });

  test("says that a name is taken, and that a limit on running jobs is reached, which a trial does not see", async () => {
    insight.rulesNow = sampleRules({ associations: [makeAssociation({ user: "alice", account: "physics", maxJobs: 1 })] });
    const { id } = await hub.sessions.launch(alice, { profile: "sized", options: LARGE });
    expect((await check(LARGE)).problems).toEqual([{ path: "name", message: expect.stringContaining("open already") }]);
    const { jobId } = await site.waitFor(id, { state: "pending" });
    site.cluster.run(jobId ?? "");
    await site.waitFor(id, { state: "starting" });
    const said = await hub.launches.check(alice, { profile: "sized", name: "other", options: LARGE });
    expect(said).toMatchObject({
      problems: [],
      estimate: { kind: "unknown", line: expect.stringContaining("one job of yours") },
      alternatives: [],
    });
  });

  test("passes on the cluster's own no", async () => {
    insight.answerTrial = () => ({ kind: "refused", detail: "Job violates accounting/QOS policy" });
    expect((await check(LARGE)).problems).toEqual([{ path: "profile", message: "Job violates accounting/QOS policy" }]);
  });
});
