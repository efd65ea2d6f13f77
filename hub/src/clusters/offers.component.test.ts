/** What a person is offered, and what their launches are refused: the services over a cluster in memory. */
import type { FileList } from "@fairway/contract/clusters.ts";
import type { Resources } from "@fairway/contract/sessions.ts";
import { afterEach, expect, test } from "vitest";
import { FolderRefused, SchedulerUnavailable } from "../schedulers/types.ts";
import { MemoryCluster } from "../sessions/testing/memory-cluster.ts";
import { MemoryInsight } from "../sessions/testing/memory-insight.ts";
import { person } from "../sessions/testing/site.ts";
import { type ClusterKnowledge, createKnowledge } from "./knowledge.ts";
import { createOfferService } from "./offers.ts";
import { createRulebook } from "./rulebook.ts";
import { makeAssociation, makeNode, makePartition, makeQueuedJob, samplePresent, sampleRules } from "./testing/sample-facts.ts";

const GIB = 1024 ** 3;
const open = new Set<ClusterKnowledge>();
afterEach(async () => {
  for (const each of open) await each.close();
  open.clear();
});

function start(options: { actsAs?: "user" | "service"; groups?: readonly string[]; hasInsight?: boolean } = {}) {
  let now = 1_700_000_000_000;
  const memory = new MemoryCluster(() => now, {}, options.actsAs);
  const insight = new MemoryInsight(sampleRules(), samplePresent());
  if (options.hasInsight !== false) memory.insight = insight;
  const clusters = new Map([["main", memory.cluster]]);
  const knowledge = new Map([["main", createKnowledge({ cluster: memory.cluster, now: () => now, onError: () => {} })]]);
  for (const each of knowledge.values()) open.add(each);
  const rulebook = createRulebook({ clusters, knowledge, groupsOf: async () => options.groups ?? ["users"], now: () => now });
  const offers = createOfferService({ clusters, knowledge, rulebook });
  return { memory, insight, offers, rulebook, now: () => now, advance: (ms: number) => (now += ms) };
}

const BIG: Resources = {
  ...{ cpus: 17, memoryBytes: null, gpus: null, timeLimitSeconds: null },
  ...{ partition: null, account: null, qos: null, reservation: null },
};

test("a cluster's offer: what is free in each partition, what can be used first, and how old all that is", async () => {
  const { offers, insight, now } = start();
  insight.rulesNow = sampleRules({
    partitions: [
      makePartition({ name: "old", state: "DOWN" }),
      makePartition({ name: "debug" }),
      makePartition({ name: "batch", isDefault: true }),
    ],
  });
  insight.presentNow = samplePresent({
    nodes: [
      ...samplePresent().nodes,
      makeNode({ name: "c4", state: "down", isUsable: false, gpus: [{ type: "a100", total: 2, free: 2 }] }),
    ],
    pending: [makeQueuedJob({ id: "1", partitions: ["batch", "debug"] }), makeQueuedJob({ id: "2" })],
  });
  const offer = await offers.offer(person("alice"), "main");
  expect(offer.partitions.map(({ name, refusal }) => [name, refusal === null])).toEqual([
    ["batch", true],
    ["debug", true],
    ["old", false],
  ]);
  expect(offer.partitions[0]).toEqual({
    name: "batch",
    isDefault: true,
    refusal: null,
    maxTimeSeconds: 86_400,
    defaultTimeSeconds: 3600,
    nodes: { total: 4, up: 3, idle: 2 },
    cpus: { total: 64, free: 36, freeOnOneNode: 16 },
    memory: { totalBytes: 4 * 32_000 * 1024 ** 2, freeBytes: 2 * 32_000 * 1024 ** 2 + 20 * GIB, freeOnOneNodeBytes: 32_000 * 1024 ** 2 },
    gpus: [{ type: "a100", total: 4, free: 2 }],
    pendingJobs: 2,
  });
  expect(offer.qos).toEqual([
    { name: "normal", limits: [] },
    { name: "limited", limits: ["at most 1 running job a person"] },
    { name: "long", limits: ["at most 1 d", "at most 8 cores a person"] },
    { name: "capped", limits: ["at most 10 min", "at most 2 cores a job"] },
  ]);
  expect(offer).toMatchObject({ cluster: { name: "main" }, rulesAsOf: now(), freeAsOf: now() });
});

test("it is each person's own: bob's accounts are not alice's, and carol is told that she has none", async () => {
  const { offers } = start();
  const accounts = async (user: string) => (await offers.offer(person(user), "main")).accounts.map(({ name }) => name);
  expect(await accounts("bob")).toEqual(["physics", "chemistry"]);
  expect(await accounts("alice")).toEqual(["physics"]);
  const carol = await offers.offer(person("carol"), "main");
  expect(carol.accounts).toEqual([]);
  expect(carol.partitions[0]?.refusal).toContain("carol has no account");
});

test("a cluster that tells nothing, or nothing yet, offers nothing known", async () => {
  const nothing = { partitions: [], accounts: [], qos: [], reservations: [], rulesAsOf: null, freeAsOf: null };
  const { offers, rulebook } = start({ hasInsight: false });
  expect(await offers.offer(person("alice"), "main")).toMatchObject(nothing);
  expect(await rulebook.choicesFor("main", "alice", "partitions")).toBeNull();
  const silent = start();
  silent.insight.isAway = true;
  expect(await silent.offers.offer(person("alice"), "main")).toMatchObject(nothing);
});

test("a cluster of another site, a person without the scope, a cluster that is not there", async () => {
  const { offers } = start();
  const nobody = { ...person("alice"), scopes: new Set<never>() };
  await expect(offers.offer(person("alice"), "other")).rejects.toMatchObject({ code: "not_found" });
  await expect(offers.offer(nobody, "main")).rejects.toMatchObject({ code: "not_allowed" });
  await expect(offers.files(nobody, "main", "")).rejects.toMatchObject({ code: "not_allowed" });
  await expect(offers.files(person("alice"), "other", "")).rejects.toMatchObject({ code: "not_found" });
});

test("folders are listed as the person; what they may not read is not there", async () => {
  const { offers, memory } = start();
  const asked: unknown[] = [];
  const folder: FileList = { path: "/home/alice", parent: "/home", entries: [], isCut: false };
  memory.listFiles = async (_actAs, user, path) => {
    asked.push([user, path]);
    if (path === "/root") throw new FolderRefused("permission denied");
    if (path === "/away") throw new SchedulerUnavailable("sudo: timeout");
    return folder;
  };
  expect(await offers.files(person("alice"), "main", "")).toBe(folder);
  await expect(offers.files(person("alice"), "main", "/root")).rejects.toMatchObject({ code: "not_found" });
  await expect(offers.files(person("alice"), "main", "/away")).rejects.toMatchObject({ code: "cluster_away" });
  await expect(offers.files(person("alice"), "main", "../bob")).rejects.toMatchObject({ code: "invalid_input" });
  expect(asked).toEqual([
    ["alice", ""],
    ["alice", "/root"],
    ["alice", "/away"],
  ]);
});

test("who was given an account a moment ago is not refused by what was known before", async () => {
  const { rulebook, insight, advance } = start();
  const small = { ...BIG, cpus: 1 };
  expect(await rulebook.refusals("main", "carol", small)).toHaveLength(1);
  const { associations } = sampleRules();
  insight.rulesNow = sampleRules({ associations: [...(associations ?? []), makeAssociation({ user: "carol", account: "physics" })] });
  advance(31_000);
  expect(await rulebook.refusals("main", "carol", small)).toEqual([]);
});

test("a hundred who are refused at once are one question more", async () => {
  const { rulebook, insight, advance } = start();
  await rulebook.refusals("main", "alice", { ...BIG, cpus: 1 });
  advance(31_000);
  const refused = await Promise.all(Array.from({ length: 100 }, () => rulebook.refusals("main", "alice", BIG)));
  expect(refused.every((lines) => lines.length === 1)).toBe(true);
  expect(insight.asked.rules).toBe(2);
});

test("nobody is refused while the cluster is away, by rules that could not be renewed, or by a cluster that tells none", async () => {
  const away = start();
  expect(await away.rulebook.refusals("main", "alice", BIG)).toHaveLength(1);
  away.memory.cluster.noteSilence(away.now(), "Unable to contact slurm controller");
  expect(await away.rulebook.refusals("main", "alice", BIG)).toEqual([]);

  const old = start();
  await old.rulebook.refusals("main", "alice", BIG);
  old.insight.isAway = true;
  old.advance(11 * 60_000);
  expect(await old.rulebook.refusals("main", "alice", BIG)).toEqual([]);

  expect(await start({ hasInsight: false }).rulebook.refusals("main", "alice", BIG)).toEqual([]);
});

test("where all jobs are the service account's, its rights count, and nobody's groups", async () => {
  const { rulebook, insight } = start({ actsAs: "service", groups: ["users"] });
  insight.rulesNow = sampleRules({
    partitions: [makePartition({ name: "batch", isDefault: true, allowGroups: ["lab"] })],
    associations: [makeAssociation({ user: "fairway", account: "gateway" })],
  });
  expect(await rulebook.refusals("main", "carol", { ...BIG, cpus: 1 })).toEqual([]);
});

test("groups that could not be asked for keep nobody out", async () => {
  const partitions = [makePartition({ name: "batch", isDefault: true, allowGroups: ["lab"] })];
  const known = start();
  known.insight.rulesNow = sampleRules({ partitions });
  expect(await known.rulebook.refusals("main", "alice", { ...BIG, cpus: 1 })).toHaveLength(1);
  const unknown = start({ groups: [] });
  unknown.insight.rulesNow = sampleRules({ partitions });
  expect(await unknown.rulebook.refusals("main", "alice", { ...BIG, cpus: 1 })).toEqual([]);
});

test("while accounting is away, what it said last holds", async () => {
  const { rulebook, insight, advance } = start();
  await rulebook.refusals("main", "alice", { ...BIG, cpus: 1 });
  insight.rulesNow = sampleRules({ associations: null, qos: [], accountParents: {}, isAccountingAway: true });
  advance(5 * 60_000);
  expect(await rulebook.refusals("main", "carol", { ...BIG, cpus: 1 })).toHaveLength(1);
  expect(await rulebook.choicesFor("main", "bob", "accounts")).toHaveLength(2);
});
