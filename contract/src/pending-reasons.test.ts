import { describe, expect, test } from "vitest";
import { describePendingReason } from "./pending-reasons.ts";
import { SLURM_REASONS } from "./testing/slurm-reasons.ts";

test("Slurm's own list is whole", () => {
  expect(SLURM_REASONS).toHaveLength(221);
  expect(new Set(SLURM_REASONS).size).toBe(221);
});

describe("every reason of Slurm 20.11 to 26.05", () => {
  test.each(SLURM_REASONS)("%s has plain words", (code) => {
    const { line, next, isHopeless } = describePendingReason(code);
    expect(line).toMatch(/^[A-Z].*\.$/);
    expect(line).not.toContain(code.length > 9 ? code : "own word for why");
    expect(`${line} ${next}`).not.toMatch(/\b(TRES|GRES|QOS|assoc\w*|constraints?|backfill|wall ?time|requeue\w*)\b|undefined|!/);
    expect(line.length).toBeLessThan(110);
    if (next !== null) expect(next).toMatch(/^[A-Z].*\.$/);
    // Whoever is told that waiting is no use is told what is.
    if (isHopeless) expect(next).not.toBeNull();
  });
});

test("different limits are told apart", () => {
  const limits = SLURM_REASONS.filter((code) => /^(QOS|Assoc|Max).*(Cpu|CPU|Mem|GRES|Node|Jobs|Wall)/.test(code));
  const told = new Map(limits.map((code) => [`${describePendingReason(code).line} ${describePendingReason(code).next}`, code]));
  expect(told.size).toBe(limits.length);
});

test.each([
  ["QOSMaxCpuPerJobLimit", "It asks for more CPUs than this QoS allows one job.", true],
  ["AssocGrpGRES", "The running jobs of your account have taken all the GPUs that they may have together.", false],
  ["AssocGrpCPUMinutesLimit", "All the CPU time of your account is used up.", false],
  ["QOSGrpMemoryRunMinutes", "The running jobs of this QoS hold as much memory time as they may together.", false],
  ["AssocMaxMemMinutesPerJob", "It asks for more memory time than your account allows one job.", true],
  ["QOSMaxGRESPerUser", "Your running jobs have taken all the GPUs that they may have together.", false],
  ["MaxNodePerAccount", "The running jobs of your account have taken all the nodes that they may have together.", false],
  ["QOSMinGRES", "It asks for less than this QoS requires: GPUs.", true],
  ["ReqNodeNotAvail, UnavailableNodes:c2", "A node it needs is not available: down, drained or reserved.", false],
  [
    "Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions",
    "The nodes it needs are down, drained, or kept for jobs ahead of it.",
    false,
  ],
  ["PartitionTimeLimit", "It asks for more time than the partition allows.", true],
])("%s", (code, line, isHopeless) => {
  expect(describePendingReason(code)).toMatchObject({ line, isHopeless });
});

test.each(["SomethingNew", "QOSGrpPlutonium", "AssocMaxPerJob", "constructor", "toString", ""])(
  "an unknown word, %j, is shown as it is",
  (code) => {
    const words = describePendingReason(code);
    expect(words).toEqual({ line: `It waits; the cluster's own word for why is "${code}".`, next: null, isHopeless: false });
  },
);
