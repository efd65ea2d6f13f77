import type { Resources } from "@fairway/contract/sessions.ts";
import { describe, expect, test } from "vitest";
import { isRoomFor, toTrialDelayMs } from "./room.ts";
import { makeNode, makePartition, makeQueuedJob, samplePresent, sampleRules } from "./testing/sample-facts.ts";

const GIB = 1024 ** 3;
const MINUTE = 60_000;
const small: Resources = {
  cpus: 2,
  memoryBytes: null,
  gpus: null,
  timeLimitSeconds: 3600,
  partition: null,
  account: null,
  qos: null,
  reservation: null,
};

describe("room for a job", () => {
  test.each([
    ["on a node of the default partition", {}, true],
    ["of a size that one node has free", { cpus: 16, memoryBytes: 31 * GIB }, true],
    ["more than any node has free", { cpus: 17 }, false],
    ["more memory than any node has free", { memoryBytes: 40 * GIB }, false],
    ["GPUs where they are", { partition: "gpu", gpus: { type: "a100", count: 2 } }, true],
    ["more GPUs than are free", { partition: "gpu", gpus: { type: null, count: 3 } }, false],
    ["a partition that there is not", { partition: "fast" }, false],
  ])("%s", (_, changes, expected) => {
    expect(isRoomFor({ ...small, ...changes }, sampleRules(), samplePresent())).toBe(expected);
  });

  test("is kept for those who wait in that partition, and for nobody else", () => {
    const present = samplePresent({ pending: [makeQueuedJob({ id: "1" })] });
    expect(isRoomFor(small, sampleRules(), present)).toBe(false);
    expect(isRoomFor({ ...small, partition: "debug", timeLimitSeconds: 600 }, sampleRules(), present)).toBe(true);
  });

  test("is not on a node that takes no work, nor in a partition that is down, nor certain where the memory is not known", () => {
    const drained = samplePresent({ nodes: [makeNode({ name: "c1", isUsable: false })] });
    expect(isRoomFor(small, sampleRules(), drained)).toBe(false);
    const down = sampleRules({ partitions: [makePartition({ name: "batch", isDefault: true, state: "DOWN" })] });
    expect(isRoomFor(small, down, samplePresent())).toBe(false);
    const whole = sampleRules({ partitions: [makePartition({ name: "batch", isDefault: true, defaultMemoryPerCpuBytes: null })] });
    const half = makeNode({ name: "c1", memory: { totalBytes: 32 * GIB, freeBytes: 16 * GIB } });
    expect(isRoomFor(small, whole, samplePresent({ nodes: [half] }))).toBe(false);
  });
});

describe("what a waiting job adds to a trial behind it", () => {
  /** Seen on the testbed (24.11): 1 core for 60 min waits, and a trial says 30 min later than now. */
  test("is its node's share for its time, over the partition", () => {
    const present = samplePresent({ nodes: [makeNode({ name: "c1" }), makeNode({ name: "c2" })] });
    expect(toTrialDelayMs(small, sampleRules(), present)).toBe(31 * MINUTE);
    expect(toTrialDelayMs({ ...small, timeLimitSeconds: null }, sampleRules(), present)).toBe(31 * MINUTE);
    expect(toTrialDelayMs({ ...small, cpus: 16, timeLimitSeconds: 7200 }, sampleRules(), present)).toBe(61 * MINUTE);
  });

  test("is nothing where nothing is known", () => {
    expect(toTrialDelayMs({ ...small, partition: "fast" }, sampleRules(), samplePresent())).toBe(0);
    expect(toTrialDelayMs(small, sampleRules(), samplePresent({ nodes: [] }))).toBe(0);
  });
});
