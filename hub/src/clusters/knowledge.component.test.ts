/** One question for everybody, and what is served while nobody answers: with a cluster in memory. */
import { afterEach, expect, test, vi } from "vitest";
import { MemoryCluster } from "../sessions/testing/memory-cluster.ts";
import { MemoryInsight } from "../sessions/testing/memory-insight.ts";
import { type ClusterKnowledge, createKnowledge } from "./knowledge.ts";
import { samplePresent, sampleRules } from "./testing/sample-facts.ts";

const open = new Set<ClusterKnowledge>();
afterEach(async () => {
  for (const knowledge of open) await knowledge.close();
  open.clear();
});

function start() {
  let now = 1_700_000_000_000;
  const memory = new MemoryCluster(() => now);
  const insight = new MemoryInsight(sampleRules(), samplePresent());
  memory.insight = insight;
  const errors: unknown[] = [];
  const knowledge = createKnowledge({ cluster: memory.cluster, now: () => now, onError: (error) => errors.push(error) });
  open.add(knowledge);
  return { knowledge, insight, cluster: memory.cluster, errors, now: () => now, advance: (ms: number) => (now += ms) };
}

/** Refreshing behind a viewer's back is over when the next answer has come. */
const asked = (insight: MemoryInsight, question: "rules" | "present", times: number) =>
  vi.waitFor(() => expect(insight.asked[question]).toBe(times), { timeout: 20_000 });

test("200 viewers at once are one question, each of rules and of what is free", async () => {
  const { knowledge, insight } = start();
  const gate = Promise.withResolvers<void>();
  insight.gate = gate.promise;
  const viewers = Array.from({ length: 200 }, () => Promise.all([knowledge.rules(), knowledge.present()]));
  gate.resolve();
  for (const [rules, present] of await Promise.all(viewers)) {
    expect(rules?.value).toBe(insight.rulesNow);
    expect(present?.value).toBe(insight.presentNow);
  }
  expect(insight.asked).toMatchObject({ rules: 1, present: 1 });
});

test("viewers who come for an hour, ten a second, are at most four questions a minute; nobody looks, nobody is asked", async () => {
  const { knowledge, insight, advance } = start();
  for (let tenths = 0; tenths < 36_000; tenths += 1) {
    await knowledge.present();
    advance(100);
  }
  expect(insight.asked.present).toBeGreaterThan(200);
  expect(insight.asked.present).toBeLessThanOrEqual(240);
  const before = insight.asked.present;
  advance(24 * 3_600_000);
  expect(insight.asked.present).toBe(before);
});

test("an old answer is served at once while a new one is fetched; one that is too old is waited for", async () => {
  const { knowledge, insight, advance, now } = start();
  const first = await knowledge.present();
  advance(20_000);
  const gate = Promise.withResolvers<void>();
  insight.gate = gate.promise;
  insight.presentNow = samplePresent();
  expect(await knowledge.present()).toBe(first);
  gate.resolve();
  await vi.waitFor(() => expect(knowledge.peekPresent()?.asOf).toBe(now()), { timeout: 20_000 });
  advance(61_000);
  insight.presentNow = samplePresent();
  expect(await knowledge.present()).toEqual({ value: insight.presentNow, asOf: now() });
  expect(insight.asked.present).toBe(3);
});

test("a loop that wants it fresh waits for it, and still asks no oftener than anybody", async () => {
  const { knowledge, insight, advance, now } = start();
  await knowledge.present();
  advance(20_000);
  expect((await knowledge.freshPresent())?.asOf).toBe(now());
  await knowledge.freshPresent();
  expect(insight.asked.present).toBe(2);
});

test("a cluster that is away keeps what was known, with its age, and is not asked by every viewer", async () => {
  const { knowledge, insight, advance, errors } = start();
  const rules = await knowledge.rules();
  insight.isAway = true;
  advance(3 * 3_600_000);
  for (let viewer = 0; viewer < 50; viewer += 1) expect(await knowledge.rules()).toBe(rules);
  expect(insight.asked.rules).toBe(2);
  expect(errors).toHaveLength(1);
  insight.isAway = false;
  advance(5 * 60_000);
  await knowledge.rules();
  await asked(insight, "rules", 3);
});

test("what was never known is null, and where the cluster is known to be away nobody waits for it; closing ends what is under way", async () => {
  const { knowledge, insight, cluster, now } = start();
  insight.gate = new Promise(() => {});
  cluster.noteSilence(now(), "Unable to contact slurm controller");
  expect(await knowledge.rules()).toBeNull();
  expect(await knowledge.present()).toBeNull();
  expect(insight.asked).toMatchObject({ rules: 1, present: 1 });
});

test("a clock that was set back makes nothing fresh for years", async () => {
  const { knowledge, insight, advance } = start();
  await knowledge.present();
  advance(-86_400_000);
  await knowledge.present();
  expect(insight.asked.present).toBe(2);
});

test("a scheduler that has nothing to tell is never asked", async () => {
  const memory = new MemoryCluster(Date.now);
  const knowledge = createKnowledge({ cluster: memory.cluster, now: Date.now, onError: () => {} });
  expect(await knowledge.rules()).toBeNull();
  expect(await knowledge.freshPresent()).toBeNull();
});
