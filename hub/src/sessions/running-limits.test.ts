import type { Resources } from "@fairway/contract/sessions.ts";
import { expect, test } from "vitest";
import { makeAssociation, sampleRules } from "../clusters/testing/sample-facts.ts";
import { findRunningLimit } from "./running-limits.ts";

const alice = { user: "alice", groups: null };
const plain: Resources = {
  cpus: 1,
  memoryBytes: null,
  gpus: null,
  timeLimitSeconds: 3600,
  partition: null,
  account: null,
  qos: null,
  reservation: null,
};
const limited = { ...plain, qos: "limited" };

test("a QoS that is full by her own sessions keeps the next one waiting, and no other QoS", () => {
  expect(findRunningLimit(sampleRules(), alice, limited, [])).toBeNull();
  expect(findRunningLimit(sampleRules(), alice, limited, [plain])).toBeNull();
  expect(findRunningLimit(sampleRules(), alice, limited, [{ ...plain, qos: "LIMITED" }])).toBe(
    "The QoS limited lets one job of yours run at a time: it starts when one of those has ended.",
  );
  expect(findRunningLimit(sampleRules(), alice, plain, [limited, limited])).toBeNull();
});

test("an account's limit counts its own jobs, the default one's too", () => {
  const rules = sampleRules({
    associations: [
      makeAssociation({ user: "alice", account: "physics", maxJobs: 2 }),
      makeAssociation({ user: "alice", account: "staff", isDefaultAccount: false }),
    ],
  });
  expect(findRunningLimit(rules, alice, plain, [plain, { ...plain, account: "Physics" }])).toContain(
    "The account physics lets 2 jobs of yours",
  );
  expect(findRunningLimit(rules, alice, plain, [plain, { ...plain, account: "staff" }])).toBeNull();
});

test("nothing is said where limits are not enforced, or nobody has accounts", () => {
  expect(findRunningLimit(sampleRules({ associations: null }), alice, limited, [limited])).toBeNull();
  expect(findRunningLimit(sampleRules({ enforcesQos: false }), alice, limited, [limited])).toBeNull();
  expect(findRunningLimit(sampleRules(), { user: "carol", groups: null }, limited, [limited])).toBeNull();
});
