/** Where sessions stand: told from one question for everybody, asked only while somebody waits, and not in a flood. */
import type { Session } from "@fairway/contract/sessions.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeQueuedJob, samplePresent, sampleRules } from "../clusters/testing/sample-facts.ts";
import type { QueuedJob } from "../schedulers/facts.ts";
import { MemoryInsight } from "./testing/memory-insight.ts";
import { type Hub, person, Site } from "./testing/site.ts";

const MINUTE = 60_000;
const alice = person("alice");
let site: Site;
let hub: Hub;
let insight: MemoryInsight;

beforeEach(async () => {
  site = await Site.open();
  insight = new MemoryInsight(sampleRules(), samplePresent());
  site.cluster.insight = insight;
  hub = site.start();
});
afterEach(() => site.close());

/** What the queue shows from now on; the present that is known is old enough to be asked for anew. */
function show(...pending: QueuedJob[]): void {
  insight.presentNow = samplePresent({ pending });
  site.jump(MINUTE);
}

async function launchPending(user = alice, name = "") {
  const { id } = await hub.sessions.launch(user, { profile: "small", name });
  const row = await site.waitFor(id, { state: "pending" });
  return { id, job: row.jobId ?? "" };
}

const until = (look: () => Promise<void> | void) => vi.waitFor(look, { timeout: 20_000, interval: 10 });
const waitingOf = async (id: string) => (await hub.sessions.get(alice, id)).waiting;

test("while it is sent: how many are before it; in the queue: its place, of how many, and the plan with its age", async () => {
  site.cluster.faults.queue = "away";
  const { id } = await hub.sessions.launch(alice, { profile: "small" });
  expect(await waitingOf(id)).toEqual({ kind: "sending", ahead: 0 });
  site.cluster.faults.queue = "works";
  const { jobId } = await site.waitFor(id, { state: "pending" });
  const plan = site.now() + 60 * MINUTE;
  show(
    makeQueuedJob({ id: "1", priority: 2000 }),
    makeQueuedJob({ id: jobId ?? "", expectedStart: plan }),
    makeQueuedJob({ id: "2", priority: 1 }),
  );
  await until(async () =>
    expect(await waitingOf(id)).toEqual({
      kind: "queue",
      partition: "batch",
      ahead: 1,
      of: 3,
      expectedStart: { at: plan, asOf: expect.any(Number), source: "queue" },
      asOf: expect.any(Number),
    }),
  );
  site.cluster.run(jobId ?? "");
  await site.waitFor(id, { state: "starting" });
  expect(await waitingOf(id)).toBeNull();
});

test("viewers hear of another place, and of nothing that they would not notice", async () => {
  const { id, job } = await launchPending();
  const told: Session["waiting"][] = [];
  const stop = hub.sessions.subscribe(alice, id, (event) => event.kind === "session" && told.push(event.session.waiting));
  show(makeQueuedJob({ id: "1", priority: 2000 }), makeQueuedJob({ id: job }));
  await until(() => expect(told.at(-1)).toMatchObject({ ahead: 1, of: 2 }));
  const before = told.length;
  const asked = insight.asked.present;
  // Somebody behind it, and a look or two later nothing new.
  show(makeQueuedJob({ id: "1", priority: 2000 }), makeQueuedJob({ id: job }), makeQueuedJob({ id: "3", priority: 1 }));
  await until(() => expect(insight.asked.present).toBeGreaterThan(asked));
  await until(async () => expect(await waitingOf(id)).toMatchObject({ ahead: 1, of: 3 }));
  expect(told).toHaveLength(before);
  show(makeQueuedJob({ id: job }));
  await until(() => expect(told.at(-1)).toMatchObject({ ahead: 0, of: 1 }));
  stop();
});

test("nobody is asked while nobody waits; for many who wait, and however often they look, once", async () => {
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(insight.asked.present).toBe(0);
  const people = Array.from({ length: 5 }, (_, index) => person(`user${index}`));
  // No accounts are enforced for them here.
  insight.rulesNow = sampleRules({ associations: null });
  const waiting = await Promise.all(people.map((user) => launchPending(user)));
  show(...waiting.map(({ job }) => makeQueuedJob({ id: job })));
  const asked = insight.asked.present;
  const startedAt = performance.now();
  await until(async () => {
    const views = await Promise.all(waiting.map(({ id }, index) => hub.sessions.get(people[index] ?? alice, id)));
    expect(views.map((view) => (view.waiting?.kind === "queue" ? view.waiting.of : null))).toEqual([5, 5, 5, 5, 5]);
  });
  // The longer it takes, the more are allowed: a slow machine cannot make this fail.
  expect(insight.asked.present - asked).toBeLessThanOrEqual(2 + (performance.now() - startedAt) / 15_000);
});

test("what is not in the scheduler's plan is tried, sparingly; what something else holds back is not", async () => {
  const at = site.now() + 600 * MINUTE;
  insight.answerTrial = () => ({ kind: "would-start", at });
  const { id, job } = await launchPending();
  const held = await launchPending(alice, "held");
  show(makeQueuedJob({ id: job }), makeQueuedJob({ id: held.job, reason: "QOSMaxJobsPerUserLimit" }));
  // Slurm lays its own hour, on one of three nodes alike, on the one more that the trial is of.
  await until(async () => expect(await waitingOf(id)).toMatchObject({ expectedStart: { at: at - 21 * MINUTE, source: "trial" } }));
  expect(await waitingOf(held.id)).toMatchObject({ expectedStart: null });
  expect(insight.asked.trial).toBe(1);
  // A plan of its own is better.
  const plan = site.now() + 300 * MINUTE;
  show(makeQueuedJob({ id: job, expectedStart: plan }));
  await until(async () => expect(await waitingOf(id)).toMatchObject({ expectedStart: { at: plan, source: "queue" } }));
});

test("a trial that has nothing but its own wait to tell of tells nothing", async () => {
  const { id, job } = await launchPending();
  insight.answerTrial = () => ({ kind: "would-start", at: site.now() + 20 * MINUTE });
  show(makeQueuedJob({ id: job }));
  await until(() => expect(insight.asked.trial).toBe(1));
  const told: Session["waiting"][] = [];
  const stop = hub.sessions.subscribe(alice, id, (event) => event.kind === "session" && told.push(event.session.waiting));
  // One more look, which tells of a new place, and of what the trial said before it.
  show(makeQueuedJob({ id: "1", priority: 2000 }), makeQueuedJob({ id: job }));
  await until(() => expect(told.at(-1)).toMatchObject({ ahead: 1, expectedStart: null }));
  stop();
});

test("a plan that has passed is none, and a trial that would start now is none for what waits", async () => {
  const { id, job } = await launchPending();
  show(makeQueuedJob({ id: job, expectedStart: site.now() - MINUTE }));
  await until(async () => expect(await waitingOf(id)).toMatchObject({ kind: "queue", ahead: 0, expectedStart: null }));
});

test("a cluster that cannot be asked takes nothing away: the last place stays, with its age", async () => {
  const { id, job } = await launchPending();
  show(makeQueuedJob({ id: job }));
  await until(async () => expect(await waitingOf(id)).toMatchObject({ ahead: 0 }));
  const before = await waitingOf(id);
  insight.isAway = true;
  const asked = insight.asked.present;
  site.jump(MINUTE);
  await until(() => expect(insight.asked.present).toBeGreaterThan(asked));
  expect(await waitingOf(id)).toEqual(before);
});

test("after a restart the places of those who wait are found again", async () => {
  const { id, job } = await launchPending();
  insight.presentNow = samplePresent({ pending: [makeQueuedJob({ id: "1", priority: 2000 }), makeQueuedJob({ id: job })] });
  await hub.stop();
  hub = site.start();
  await until(async () => expect(await waitingOf(id)).toMatchObject({ ahead: 1, of: 2 }));
});
