import { expect, test } from "vitest";
import { sampleRules } from "../clusters/testing/sample-facts.ts";
import type { Rules } from "../schedulers/facts.ts";
import { createTimeRefusal } from "./extension-limits.ts";
import { sampleRow } from "./testing/rows.ts";

const HOUR = 3600;
const rowOn = (partition: string) => sampleRow({ resources: { ...sampleRow().resources, partition } });

function refuse(rules: Rules | null, fresh: Rules | null = rules) {
  const toKnown = (value: Rules | null) => (value === null ? null : { value, asOf: 0 });
  const knowledge = new Map([["main", { rules: async () => toKnown(rules), freshRules: async () => toKnown(fresh) }]]);
  return createTimeRefusal({ knowledge, personOf: async () => ({ user: "alice", groups: ["users"] }) });
}

test("a limit of the cluster holds, and what is below it may be", async () => {
  expect(await refuse(sampleRules())(rowOn("debug"), HOUR)).toMatch(/debug allows at most 30 min/);
  expect(await refuse(sampleRules())(rowOn("batch"), HOUR)).toBeNull();
});

test("a limit that was raised a moment ago does not stand in their way", async () => {
  const raised = sampleRules({ partitions: sampleRules().partitions.map((each) => ({ ...each, maxTimeSeconds: null })) });
  expect(await refuse(sampleRules(), raised)(rowOn("debug"), HOUR)).toBeNull();
});

test("while nobody knows the limits, or those of QoS and accounts, nothing is raised", async () => {
  expect(await refuse(null)(rowOn("batch"), HOUR)).toMatch(/not known/);
  const withoutAccounting = sampleRules({ associations: null, qos: [], isAccountingAway: true });
  expect(await refuse(withoutAccounting)(rowOn("batch"), HOUR)).toMatch(/not known/);
  // Accounting is away, and what it said before is known.
  expect(await refuse(sampleRules({ isAccountingAway: true }))(rowOn("batch"), HOUR)).toBeNull();
});
