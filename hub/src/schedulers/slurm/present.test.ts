import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SchedulerUnavailable } from "../types.ts";
import { makeSeparators } from "./commands.ts";
import { parseNodes, parsePending } from "./present.ts";

const separators = makeSeparators("0f1e2d3c4b5a");
const read = (version: string, file: string) => readFileSync(new URL(`fixtures/${version}/${file}.txt`, import.meta.url), "utf8");

describe.each(["20.11", "22.05", "24.11", "26.05"])("Slurm %s", (version) => {
  test("nodes with what is free on them", () => {
    const [c1, c2, ...more] = parseNodes(read(version, "nodes"));
    expect(more).toEqual([]);
    expect(c1).toMatchObject({ name: "c1", partitions: ["batch", "debug"], state: "mixed", isUsable: true, gpus: [] });
    expect(c2).toMatchObject({ name: "c2", partitions: ["batch", "debug", "gpu"], gpus: [{ type: "a100", total: 2, free: 1 }] });
    for (const node of [c1, c2]) {
      expect(node?.cpus.total).toBe(16);
      expect(node?.cpus.free).toBeLessThan(7);
      expect(node?.memory.totalBytes).toBe(32_000 * 2 ** 20);
      expect(node?.memory.freeBytes).toBeLessThan(32_000 * 2 ** 20);
      expect(node?.memory.freeBytes).toBeGreaterThan(20_000 * 2 ** 20);
    }
  });

  test("a drained node takes nothing new, whatever its reason says", () => {
    const [c1, c2] = parseNodes(read(version, "nodes-drained"));
    expect([c1?.isUsable, c2?.isUsable, c2?.state]).toEqual([true, false, "draining"]);
  });

  test("everybody's pending jobs with priority, partitions and plan", () => {
    const pending = parsePending(read(version, "pending"), separators);
    expect(pending.length).toBeGreaterThan(7);
    const of = (reason: string) => pending.filter((job) => job.reason === reason);
    expect(of("Resources")).toEqual([
      {
        id: expect.stringMatching(/^\d+$/),
        partitions: ["batch"],
        priority: 10_100,
        reason: "Resources",
        expectedStart: expect.any(Number),
      },
    ]);
    expect(of("Resources")[0]?.expectedStart).toBeGreaterThan(1_795_000_000_000);
    expect(of("JobHeldUser")).toMatchObject([{ priority: 0, expectedStart: null }]);
    expect(of("AssocMaxGRESPerJob")).toMatchObject([{ expectedStart: null }]);
    expect(pending.map(({ partitions }) => [...partitions].sort())).toContainEqual(["batch", "gpu"]);
  });

  test("half an answer is none", () => {
    expect(() => parseNodes(read(version, "nodes").slice(0, -200))).toThrow(SchedulerUnavailable);
    expect(() => parsePending(read(version, "pending").slice(0, -200), separators)).toThrow(SchedulerUnavailable);
    expect(() => parsePending(read(version, "pending").slice(30), separators)).toThrow(SchedulerUnavailable);
  });
});

const node = (changes: string) => `NodeName=c1 CPUAlloc=0 CPUTot=8 Partitions=a RealMemory=1000 AllocMem=0 ${changes}\n`;

test.each([
  ["IDLE", "idle", true],
  ["MIXED+PLANNED", "mixed", true],
  ["IDLE+CLOUD+POWERED_DOWN", "idle", true],
  ["IDLE~", "idle", true],
  ["ALLOCATED+COMPLETING", "allocated", true],
  ["IDLE*", "idle", false],
  ["DOWN*", "down", false],
  ["DOWN+DRAIN+NOT_RESPONDING", "down", false],
  ["IDLE+DRAIN", "drained", false],
  ["ALLOCATED+DRAIN", "draining", false],
  ["IDLE+RESERVED", "idle", false],
  ["IDLE+MAINTENANCE", "idle", false],
  ["IDLE+REBOOT_REQUESTED", "idle", false],
  ["FUTURE", "future", false],
  ["IDLE+BLOCKED", "idle", false],
])("State=%s is %s, usable: %j", (word, state, isUsable) => {
  expect(parseNodes(node(`State=${word}`))[0]).toMatchObject({ state, isUsable });
});

test.each([
  ["Gres=gpu:a100:4(S:0-1),gpu:h100:2,shard:8 GresUsed=gpu:a100:3(IDX:0,2-3),gpu:h100:0(IDX:N/A)", ["a100:1/4", "h100:2/2"]],
  ["Gres=gpu:2 GresUsed=gpu:(null):1(IDX:0)", ["null:1/2"]],
  ["Gres=gpu:4 GresUsed=gpu:0", ["null:4/4"]],
  ["Gres=gpu:a100:2 AllocTRES=cpu=1,gres/gpu=1", ["a100:1/2"]],
  ["Gres=gpu:a100:2,gpu:v100:1 AllocTRES=cpu=1,gres/gpu:v100=1,gres/gpu=1", ["a100:2/2", "v100:0/1"]],
  ["Gres=gpu:1g.5gb:7(S:0) GresUsed=gpu:1g.5gb:2(IDX:0-1)", ["1g.5gb:5/7"]],
  ["Gres=(null)", []],
  ["Gres=license:3,mygpu:2", []],
])("%s", (gres, expected) => {
  const [{ gpus } = { gpus: [] }] = parseNodes(node(`State=MIXED ${gres}`));
  expect(gpus.map(({ type, free, total }) => `${type}:${free}/${total}`)).toEqual(expected);
});

test("cores and memory kept for the node's own daemons are nobody's", () => {
  const [kept] = parseNodes(node("CPUEfctv=6 MemSpecLimit=200 State=IDLE"));
  expect(kept).toMatchObject({ cpus: { total: 6, free: 6 }, memory: { totalBytes: 800 * 2 ** 20 } });
});
