/** Whether a submission is still under way: by the clock, then by what runs on the login node. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { createExec } from "../local/exec.ts";
import { ExecError } from "../types.ts";
import { createIsSubmitting } from "./submitting.ts";

const MINUTE_MS = 60_000;
const startedAt = 1_000_000_000_000;
let child: ChildProcess | null = null;
afterEach(() => child?.kill("SIGKILL"));

const at = (ms: number, options: { canLook?: boolean; isAway?: boolean } = {}) =>
  createIsSubmitting({
    // What it runs there is the same over any exec.
    exec: options.isAway ? () => Promise.reject(new ExecError("away", ["sh"])) : createExec(),
    patienceMs: 40_000,
    canLook: options.canLook ?? true,
    now: () => startedAt + ms,
  });

async function startSubmission(jobName: string) {
  // `timeout` keeps the whole argv while it waits, as it does around sbatch.
  child = spawn("timeout", ["60", "sh", "-c", "echo; sleep 60; true", "sh", `--job-name=${jobName}`], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await once(child.stdout ?? child, "data");
}

test("as long as it may still arrive there, nobody needs to look", async () => {
  expect(await at(0, { isAway: true })("fw-x", startedAt)).toBe(true);
  expect(await at(2 * MINUTE_MS)("fw-x", startedAt)).toBe(true);
});

test("then what runs there tells", async () => {
  const ask = at(2.7 * MINUTE_MS);
  expect(await ask("fw-submitting", startedAt)).toBe(false);
  await startSubmission("fw-submitting");
  expect(await ask("fw-submitting", startedAt)).toBe(true);
  expect(await ask("fw-submittin", startedAt)).toBe(false);
});

test("who cannot ask, or cannot see, waits until it must be over", async () => {
  expect(await at(2.7 * MINUTE_MS, { isAway: true })("fw-x", startedAt)).toBe(true);
  expect(await at(2.7 * MINUTE_MS, { canLook: false })("fw-x", startedAt)).toBe(true);
  expect(await at(4 * MINUTE_MS, { isAway: true })("fw-x", startedAt)).toBe(false);
  expect(await at(4 * MINUTE_MS, { canLook: false })("fw-x", startedAt)).toBe(false);
});

test("one that was never begun as far as we know is looked for, too", async () => {
  expect(await at(0)("fw-never", null)).toBe(false);
  expect(await at(0, { isAway: true })("fw-never", null)).toBe(true);
});
