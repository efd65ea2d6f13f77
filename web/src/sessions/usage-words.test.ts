import type { Usage } from "@fairway/contract/sessions.ts";
import { describe, expect, it } from "vitest";
import { makeSession } from "../testing/session-fixture.ts";
import { toPercent, toUsageLines } from "./usage-words.ts";

const { resources } = makeSession();
const usage: Usage = {
  elapsedSeconds: 3600,
  cpuSeconds: 720,
  cpuFraction: 0.1,
  maxMemoryBytes: 3.1 * 1024 ** 3 + 17,
  memoryFraction: 0.775,
  gpuFraction: null,
  hint: null,
};

describe("toUsageLines", () => {
  it("sets what was used against what was asked for", () => {
    expect(toUsageLines(usage, resources)).toEqual([
      { label: "Time", text: "1 h of 4 h", fraction: 0.25 },
      { label: "CPU", text: "12 min of 2 h on 2 cores", fraction: 0.1 },
      { label: "Memory", text: "at most 3.1 GB of 4 GB", fraction: 0.775 },
    ]);
  });

  it("leaves out what accounting does not tell", () => {
    const little = { ...usage, cpuSeconds: null, cpuFraction: null, maxMemoryBytes: null, memoryFraction: null };
    expect(toUsageLines(little, { ...resources, timeLimitSeconds: null })).toEqual([{ label: "Time", text: "1 h", fraction: null }]);
  });
});

describe("toPercent", () => {
  it("rounds, but not to nothing", () => {
    expect([0, 0.004, 0.276, 1, null].map(toPercent)).toEqual(["0 %", "under 1 %", "28 %", "100 %", "–"]);
  });
});
