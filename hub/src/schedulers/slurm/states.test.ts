import { expect, test } from "vitest";
import { hasEnded, toExitCode, toJobState } from "./states.ts";

test.each([
  ["PENDING", "Priority", "pending"],
  ["PENDING", "JobHeldUser", "held"],
  ["PENDING", "JobHeldAdmin", "held"],
  ["PENDING", "job requeued in held state", "held"],
  ["PENDING", "launch failed requeued held", "held"],
  ["REQUEUED", null, "pending"],
  ["REQUEUE_HOLD", "JobHeldUser", "held"],
  ["SPECIAL_EXIT", "job requeued in held state", "held"],
  ["CONFIGURING", null, "running"],
  ["RESIZING", null, "running"],
  ["SIGNALING", null, "running"],
  ["STOPPED", null, "suspended"],
  ["COMPLETING", null, "completing"],
  ["STAGE_OUT", null, "completing"],
  ["CANCELLED by 1000", null, "cancelled"],
  ["CANCELLED+", null, "cancelled"],
  ["REVOKED", null, "cancelled"],
  ["DEADLINE", null, "timeout"],
  ["BOOT_FAIL", null, "node_fail"],
  ["OUT_OF_MEMORY", null, "out_of_memory"],
  ["PREEMPTED", null, "preempted"],
  ["SOMETHING_NEW", null, "unknown"],
  ["", null, "unknown"],
] as const)("%s (%s) is %s", (word, reason, state) => {
  expect(toJobState(word, reason)).toBe(state);
});

test("an unknown word does not end a job", () => {
  expect(hasEnded(toJobState("SOMETHING_NEW", null))).toBe(false);
});

test.each([
  ["0:0", 0],
  ["3:0", 3],
  ["0:9", 137],
  ["0:125", null],
  ["0", 0],
  ["768", 3],
  ["9", 137],
  ["", null],
])("exit code %s is %s", (word, code) => {
  expect(toExitCode(word)).toBe(code);
});
