import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SchedulerUnavailable } from "../types.ts";
import { makeSeparators } from "./commands.ts";
import { parseUsage } from "./usage.ts";

const separators = makeSeparators("0f1e2d3c4b5a");
const read = (version: string) => readFileSync(new URL(`fixtures/${version}/usage.txt`, import.meta.url), "utf8");
const MB = 2 ** 20;

describe.each(["20.11", "22.05", "24.11", "26.05"])("Slurm %s", (version) => {
  test("what was used of what was asked for", () => {
    const [busy, failed, gpu, ...more] = parseUsage(read(version), separators);
    expect(more).toEqual([]);
    expect(busy).toMatchObject({ state: "COMPLETED", allocatedCpus: 2, requestedMemoryBytes: 300 * MB, gpuFraction: null });
    expect(busy?.elapsedSeconds).toBeGreaterThan(12);
    expect(busy?.cpuSeconds).toBeGreaterThan(10);
    expect(busy?.maxMemoryBytes).toBeGreaterThan(95 * MB);
    expect(busy?.maxMemoryBytes).toBeLessThan(130 * MB);
    expect(failed).toMatchObject({ state: "FAILED", allocatedCpus: 1, requestedMemoryBytes: 100 * MB, cpuSeconds: expect.any(Number) });
    // Nobody measures GPUs here.
    expect(gpu).toMatchObject({ state: "COMPLETED", gpuFraction: null });
  });

  test("half an answer is none", () => {
    expect(() => parseUsage(read(version).slice(0, -5), separators)).toThrow(SchedulerUnavailable);
    expect(() => parseUsage(read(version).slice(15), separators)).toThrow(SchedulerUnavailable);
  });
});

const record = (...values: string[]) => `${values.join(separators.field)}${separators.field}\n`;
const job = (changes: { state?: string; alloc?: string; reqMem?: string; reqTres?: string } = {}) =>
  record(
    ...["7", changes.state ?? "COMPLETED", "100", "4", "01:40.000", changes.reqMem ?? "1G", changes.reqTres ?? ""],
    ...[changes.alloc ?? "cpu=4,gres/gpu=2", "", "", ""],
  );
const step = (max: string, total: string) => record("7.batch", "COMPLETED", "100", "4", "01:40", "", "", "", "1000", max, total);

test("GPUs: the high-water mark over all of the job's, from whichever field has it", () => {
  const fraction = (max: string, total: string) => parseUsage(job() + step(max, total), separators)[0]?.gpuFraction;
  expect(fraction("cpu=00:01:00,gres/gpuutil=150", "gres/gpuutil=0")).toBe(0.75);
  expect(fraction("", "gres/gpuutil=500,mem=1")).toBe(1);
  expect(fraction("mem=1", "")).toBeNull();
});

test("memory that was asked for, in the forms of all versions", () => {
  const asked = (changes: Parameters<typeof job>[0]) => parseUsage(job(changes), separators)[0]?.requestedMemoryBytes;
  expect(asked({ reqTres: "cpu=4,mem=300M" })).toBe(300 * MB);
  expect(asked({ alloc: "mem=2G" })).toBe(2048 * MB);
  expect(asked({ reqMem: "100Mn" })).toBe(100 * MB);
  expect(asked({ reqMem: "100Mc" })).toBe(400 * MB);
  expect(asked({ reqMem: "" })).toBeNull();
});

test("without steps nothing was measured; what has not ended is left out", () => {
  expect(parseUsage(job({ state: "CANCELLED by 1001" }), separators)).toMatchObject([
    { state: "CANCELLED", cpuSeconds: null, maxMemoryBytes: null },
  ]);
  for (const state of ["RUNNING", "PENDING", "REQUEUED"]) expect(parseUsage(job({ state }), separators)).toEqual([]);
  expect(parseUsage("", separators)).toEqual([]);
});
