/** What people are told of a start, by trials of a cluster in memory. */
import { beforeEach, describe, expect, test } from "vitest";
import type { JobRequest } from "../schedulers/types.ts";
import { MemoryCluster } from "../sessions/testing/memory-cluster.ts";
import { MemoryInsight } from "../sessions/testing/memory-insight.ts";
import { createEstimates } from "./estimates.ts";
import { createKnowledge } from "./knowledge.ts";
import { makeQueuedJob, samplePresent, sampleRules } from "./testing/sample-facts.ts";
import { createTrials, type Shape } from "./trials.ts";

const MINUTE = 60_000;
let now: number;
let memory: MemoryCluster;
let insight: MemoryInsight;

beforeEach(() => {
  now = 1_700_000_000_000;
  memory = new MemoryCluster(() => now);
  insight = new MemoryInsight(sampleRules(), samplePresent());
  memory.insight = insight;
});

function shapeOf(user: string, cpus = 1): Shape {
  const resources = { cpus, memoryBytes: null, gpus: null, timeLimitSeconds: 3600, partition: null };
  return { user, app: "noop", resources: { ...resources, account: null, qos: null, reservation: null } };
}

function open(changes: ConstructorParameters<typeof MemoryCluster>[1] = {}) {
  const cluster = Object.keys(changes).length === 0 ? memory : new MemoryCluster(() => now, changes);
  cluster.insight = memory.insight;
  const knowledge = createKnowledge({ cluster: cluster.cluster, now: () => now, onError: () => {} });
  const trials = createTrials(cluster.cluster, () => now);
  return { trials, cluster: cluster.cluster, ...createEstimates({ cluster: cluster.cluster, knowledge, trials, now: () => now }) };
}

const startsAt = (at: number) => () => ({ kind: "would-start", at }) as const;

describe("an estimate", () => {
  test("is now when the scheduler says so, else the time it says; always with its age", async () => {
    insight.answerTrial = ({ resources }: JobRequest) => startsAt(resources.cpus === 1 ? now + 1000 : now + 30 * MINUTE)();
    const { outlook } = open();
    expect(await outlook(shapeOf("alice"))).toEqual({ kind: "now", asOf: now });
    expect(await outlook(shapeOf("alice", 8))).toEqual({ kind: "at", at: now + 30 * MINUTE, asOf: now });
  });

  test("is the scheduler's no, in its words", async () => {
    insight.answerTrial = () => ({ kind: "refused", detail: "Invalid qos specification" });
    expect(await open().outlook(shapeOf("alice"))).toEqual({ kind: "refused", detail: "Invalid qos specification", asOf: now });
  });

  test("is unknown, with the reason, when it cannot be asked; and nobody is asked while it is known to be away", async () => {
    insight.isAway = true;
    const { outlook, cluster } = open();
    expect(await outlook(shapeOf("alice"))).toEqual({ kind: "unknown", line: "main could not say when it would start." });
    cluster.noteSilence(now, "gone");
    const asked = insight.asked.trial;
    expect(await outlook(shapeOf("alice"))).toEqual({ kind: "unknown", line: "main does not answer at the moment." });
    expect(insight.asked.trial).toBe(asked);
  });

  test("is now where a scheduler has nothing to tell: it starts everything at once", async () => {
    memory.insight = null;
    expect(await open().outlook(shapeOf("alice"))).toEqual({ kind: "now", asOf: now });
  });

  test("without trials is what is free, and never more than that", async () => {
    const { outlook } = open({ trials: false });
    expect(await outlook(shapeOf("alice"))).toEqual({ kind: "now", asOf: now });
    insight.presentNow = samplePresent({ pending: [makeQueuedJob({ id: "1" })] });
    now += 10 * MINUTE;
    expect(await outlook(shapeOf("alice"))).toMatchObject({ kind: "unknown", line: expect.stringContaining("it will wait") });
    expect(insight.asked.trial).toBe(0);
  });

  test("leaves out the wait that is laid on it for a job which would be gone", async () => {
    insight.answerTrial = startsAt(now + 30 * MINUTE);
    const { startsAtOnce } = open();
    expect(await startsAtOnce(shapeOf("alice"), 0)).toBeNull();
    expect(await startsAtOnce(shapeOf("alice"), 31 * MINUTE)).toEqual({ asOf: now });
  });
});

describe("a trial", () => {
  const ask = (trials: ReturnType<typeof createTrials>, shape: Shape) => trials?.ask(shape) ?? Promise.reject(new Error("no trials here"));

  test("stands for a minute, for the same person and shape alone", async () => {
    const { trials } = open();
    await Promise.all([ask(trials, shapeOf("alice")), ask(trials, shapeOf("alice")), ask(trials, shapeOf("bob"))]);
    now += MINUTE - 1;
    await ask(trials, shapeOf("alice"));
    expect(insight.asked.trial).toBe(2);
    await ask(trials, shapeOf("alice", 2));
    now += 1;
    await ask(trials, shapeOf("alice"));
    expect(insight.asked.trial).toBe(4);
  });

  test("stands no longer than the queue is the same by anything of theirs", async () => {
    const { trials } = open();
    await Promise.all([ask(trials, shapeOf("alice")), ask(trials, shapeOf("bob"))]);
    trials?.forget("alice");
    await Promise.all([ask(trials, shapeOf("alice")), ask(trials, shapeOf("bob"))]);
    expect(insight.asked.trial).toBe(3);
  });

  test("is one at a time for a person, and only a few are under way for all; who asks on and on is told so", async () => {
    const gate = Promise.withResolvers<void>();
    insight.gate = gate.promise;
    const { trials } = open();
    const hers = Array.from({ length: 14 }, (_, index) => ask(trials, shapeOf("alice", index + 1)));
    const outcomes = Promise.allSettled([...hers, ...["bob", "carol", "dave"].map((user) => ask(trials, shapeOf(user)))]);
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    expect(insight.asked.trial).toBe(3);
    gate.resolve();
    expect((await outcomes).map(({ status }) => status).filter((status) => status === "rejected")).toHaveLength(2);
    expect(insight.asked.trial).toBe(15);
  });

  test("that failed is no answer: the next one asks again", async () => {
    insight.isAway = true;
    const { trials } = open();
    await expect(ask(trials, shapeOf("alice"))).rejects.toThrow("Unable to contact");
    insight.isAway = false;
    await expect(ask(trials, shapeOf("alice"))).resolves.toMatchObject({ result: { kind: "would-start" } });
  });
});
