import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SchedulerUnavailable, SubmitRefused } from "../types.ts";
import { toSubmitError } from "./refusal.ts";

const fixtures = new URL("fixtures/", import.meta.url);
const failWith = (stderr: string, exitCode = 1) => toSubmitError({ exitCode, stdout: "", stderr });

describe.each(["20.11", "22.05", "24.11", "26.05"])("sbatch of %s", (version) => {
  const read = (file: string) => readFileSync(new URL(`${version}/${file}`, fixtures), "utf8");
  const refusals = readdirSync(new URL(`${version}/`, fixtures)).filter((file) => file.startsWith("sbatch-refused-"));

  test("a refusal is a refusal, in one clean sentence", () => {
    expect(refusals.length).toBeGreaterThan(20);
    for (const file of refusals) {
      const error = failWith(read(file), /option|time-format|begin/.test(file) ? 255 : 1);
      expect([file, error.name]).toEqual([file, "SubmitRefused"]);
      expect(error.detail).toMatch(/^[A-Z].{5,200}$/);
      expect(error.detail).not.toMatch(/sbatch: |error: |Batch job submission failed/);
    }
  });

  test.each(["away-sbatch.stderr", "munge-away-sbatch.stderr"])("%s leaves open whether a job exists", (file) => {
    expect(failWith(read(file))).toBeInstanceOf(SchedulerUnavailable);
  });
});

test("the sentence says which limit, and what the site's own plugin said", () => {
  const read = (file: string) => readFileSync(new URL(`24.11/${file}`, fixtures), "utf8");
  expect(failWith(read("sbatch-refused-qos-deny.stderr")).detail).toMatch(/^Job violates .* \(QOSMaxCpuPerUserLimit\)$/);
  expect(failWith(read("sbatch-refused-partition.stderr")).detail).toBe(
    "Invalid partition name specified (invalid partition specified: nosuch)",
  );
  const plugin = "sbatch: error: Please name a project.\nsbatch: error: Batch job submission failed: Unspecified job error\n";
  expect(failWith(plugin).detail).toBe("Unspecified job error (Please name a project.)");
});

test.each([
  ["sbatch: error: Batch job submission failed: Socket timed out on send/recv operation", 1],
  ["sbatch: error: Batch job submission failed: Zero Bytes were transmitted or received", 1],
  ["sbatch: error: Batch job submission failed: Unexpected message received", 1],
  ["sbatch: error: Batch job submission failed: Communication connection failure", 1],
  ["sbatch: error: Batch job submission failed: Unspecified error", 1],
  ["sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying", 124],
  ["", 124],
  ["", 137],
  ["Killed", 1],
  ["sudo: PAM account management error: Authentication service cannot retrieve authentication info", 1],
])("%j (exit code %i) leaves it open", (stderr, exitCode) => {
  expect(failWith(stderr, exitCode)).toBeInstanceOf(SchedulerUnavailable);
});

test.each([
  ["fairway launcher: a value is unknown or bad: FAIRWAY_PORTS", 100],
  ["sudo: a password is required", 1],
  ["sudo: unknown user alice\nsudo: error initializing audit plugin sudoers_audit", 1],
])("%j: nothing was submitted", (stderr, exitCode) => {
  expect(failWith(stderr, exitCode)).toBeInstanceOf(SubmitRefused);
});
