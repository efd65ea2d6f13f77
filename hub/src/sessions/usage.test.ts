import { describe, expect, it } from "vitest";
import type { JobUsage } from "../schedulers/facts.ts";
import { toUsage } from "./usage.ts";

const GB = 2 ** 30;
const MB = 2 ** 20;
const job = (changes: Partial<JobUsage> = {}): JobUsage => ({
  jobId: "7",
  state: "COMPLETED",
  elapsedSeconds: 3600,
  allocatedCpus: 8,
  cpuSeconds: 3600 * 6,
  requestedMemoryBytes: 8 * GB,
  maxMemoryBytes: 5 * GB,
  gpuFraction: null,
  ...changes,
});

describe("what was used of what was asked", () => {
  it("is fractions of the job's own time, cores and memory", () => {
    expect(toUsage(job())).toEqual({
      elapsedSeconds: 3600,
      cpuSeconds: 21_600,
      cpuFraction: 0.75,
      maxMemoryBytes: 5 * GB,
      memoryFraction: 0.625,
      gpuFraction: null,
      hint: null,
    });
  });

  it("says nothing of what was not measured", () => {
    expect(toUsage(job({ cpuSeconds: null, maxMemoryBytes: null }))).toMatchObject({ cpuFraction: null, memoryFraction: null, hint: null });
    expect(toUsage(job({ requestedMemoryBytes: null }))).toMatchObject({ memoryFraction: null, hint: null });
    expect(toUsage(job({ elapsedSeconds: 0 }))).toBeNull();
  });

  it.each([
    ["much memory", { maxMemoryBytes: 300.2 * MB }, "It used at most 301 MB of its 8 GB of memory: 1 GB would have been enough."],
    [
      "much memory, more than a GB used",
      { maxMemoryBytes: 1.96 * GB },
      "It used at most 2 GB of its 8 GB of memory: 3 GB would have been enough.",
    ],
    ["less than four times what it needed", { maxMemoryBytes: 2.1 * GB }, null],
    ["little memory that was hardly used", { requestedMemoryBytes: 512 * MB, maxMemoryBytes: 20 * MB }, null],
    ["a GB, of which no whole one less would do", { requestedMemoryBytes: GB, maxMemoryBytes: 20 * MB }, null],
    ["memory in a look of a few seconds", { elapsedSeconds: 20, cpuSeconds: 100, maxMemoryBytes: 20 * MB }, null],
    [
      "nearly too little memory",
      { maxMemoryBytes: 7.5 * GB },
      "It used nearly all of its memory (7.5 GB of 8 GB): ask for more next time.",
    ],
    ["many cores", { cpuSeconds: 2880 }, "Its 8 cores were busy 10 % of the time: 2 cores would have done."],
    ["cores all along", { cpuSeconds: 8 }, "Its 8 cores were busy less than 1 % of the time: 1 core would have done."],
    ["many cores for five minutes", { elapsedSeconds: 300, cpuSeconds: 1 }, null],
    ["one core", { allocatedCpus: 1, cpuSeconds: 1 }, null],
    ["a GPU", { gpuFraction: 0.04 }, "Its GPU was busy 4 % of the time: take one only for what computes on it."],
    ["no GPU", { gpuFraction: 0.8 }, null],
  ])("hints at %s", (_what, changes, hint) => {
    expect(toUsage(job(changes))?.hint).toBe(hint);
  });

  it("joins the hints", () => {
    expect(toUsage(job({ cpuSeconds: 8, maxMemoryBytes: 100 * MB }))?.hint).toMatch(/^It used at most 100 MB .* Its 8 cores /);
  });
});
