import { expect, test } from "vitest";
import { makePartition, makeQos, sampleRules } from "../clusters/testing/sample-facts.ts";
import type { SessionRow } from "../store/schema.ts";
import { type ExtensionRule, toExtension } from "./extension.ts";
import { READY, sampleRow, T0 } from "./testing/rows.ts";

const MINUTE = 60_000;
const RULE: ExtensionRule = {
  cluster: { stepMs: 60 * MINUTE, maxTotalMs: 8 * 60 * MINUTE },
  clusterTitle: "Main",
  isAllowedByProfile: true,
  rules: null,
};

function running(minutes: number | null, changes: Partial<SessionRow> = {}): SessionRow {
  const endsAt = minutes === null ? null : T0 + minutes * MINUTE;
  const job = { id: "7", state: "RUNNING", pendingReason: null, node: "c1", submittedAt: T0, startedAt: T0, endsAt, restarts: 0 };
  return sampleRow({ ...READY, job, ...changes });
}
const now = T0 + MINUTE;
const at = (minutes: number) => T0 + minutes * MINUTE;
const within = (partition: string | null, qos: string | null = null) => ({
  resources: { ...sampleRow().resources, partition, qos },
});

test("by one step, as far as the site allows", () => {
  expect(toExtension(running(60), RULE, now)).toEqual({ kind: "possible", bySeconds: 3600, latestEndsAt: at(480) });
});

test("the last step is what is left, in whole minutes", () => {
  const almost = running(450.5);
  expect(toExtension(almost, RULE, now)).toEqual({ kind: "possible", bySeconds: 29 * 60, latestEndsAt: at(480) });
});

test.each<[string, SessionRow, Partial<ExtensionRule>, string]>([
  ["at the site's maximum", running(480), {}, "this site allows (8 h)"],
  ["less than a minute is left of it", running(479.5), {}, "this site allows"],
  ["raised beyond it by somebody else", running(600), {}, "this site allows"],
  ["the site has set up no operator", running(60), { cluster: null }, "Main does not let"],
  ["the profile says no", running(60), { isAllowedByProfile: false }, "profile's time limit"],
  ["its partition allows no more", running(30, within("debug")), { rules: sampleRules() }, "the partition debug allows (30 min)"],
  ["nor does its QoS", running(10, within("batch", "capped")), { rules: sampleRules() }, "the QoS capped allows (10 min)"],
  [
    "nor the partition's own QoS",
    running(20, within("batch")),
    {
      rules: sampleRules({
        partitions: [makePartition({ name: "batch", qos: "part" })],
        qos: [makeQos({ name: "part", maxWallSeconds: 1200 })],
      }),
    },
    "the QoS part allows (20 min)",
  ],
])("refused: %s", (_what, row, changes, why) => {
  const extension = toExtension(row, { ...RULE, ...changes }, now);
  expect(extension).toEqual({ kind: "refused", line: expect.stringContaining(why) });
  expect(extension?.kind === "refused" && extension.line).toContain("launch it again");
});

test("the default partition's limit counts for who named none", () => {
  const rules = sampleRules({ partitions: [makePartition({ name: "short", isDefault: true, maxTimeSeconds: 5400 })] });
  expect(toExtension(running(60), { ...RULE, rules }, now)).toMatchObject({ bySeconds: 1800, latestEndsAt: at(90) });
});

test.each([
  ["no time limit", running(null)],
  ["it waits", running(60, { state: "pending" })],
  ["it is over", running(60, { state: "ended" })],
])("nothing to say: %s", (_what, row) => {
  expect(toExtension(row, RULE, now)).toBeNull();
});
