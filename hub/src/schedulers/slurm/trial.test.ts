import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { makeRequest } from "../testing/contract.ts";
import { SchedulerUnavailable } from "../types.ts";
import { buildTrialOptions, toTrialResult } from "./trial.ts";

const folder = (version: string) => new URL(`fixtures/${version}/`, import.meta.url);
const said = (version: string, file: string, exitCode: number) => ({
  exitCode,
  stdout: "",
  stderr: readFileSync(new URL(file, folder(version)), "utf8"),
});

describe.each(["20.11", "22.05", "24.11", "26.05"])("Slurm %s", (version) => {
  test.each(["trial-now", "trial-later", "trial-limit"])("%s: a time in UTC", (name) => {
    const result = toTrialResult(said(version, `${name}.stderr`, 0));
    expect(result).toEqual({ kind: "would-start", at: expect.any(Number) });
    expect(new Date("at" in result ? result.at : 0).toISOString()).toMatch(/^2026-11-21T/);
  });

  const refusals = readdirSync(folder(version)).filter((file) => file.startsWith("trial-refused-"));
  test.each(refusals)("%s: a refusal in Slurm's own words", (file) => {
    const result = toTrialResult(said(version, file, file.includes("option") ? 255 : 1));
    expect(result).toMatchObject({ kind: "refused", detail: expect.stringMatching(/^[A-Z]/) });
  });
  test("every kind of refusal was captured", () => expect(refusals.length).toBe(6));

  test("away is neither", () => {
    expect(toTrialResult(said(version, "away-test-only.stderr", 1))).toBeInstanceOf(SchedulerUnavailable);
  });
});

test.each([
  { exitCode: 0, stdout: "", stderr: "" },
  { exitCode: 0, stdout: "", stderr: "sbatch: Job 1 to start at 2026-11-21T12:11:31 using 1 processors\n" },
  { exitCode: 124, stdout: "", stderr: "" },
])("%j is neither yes nor no", (result) => expect(toTrialResult(result)).toBeInstanceOf(SchedulerUnavailable));

test("a refusal names the limit; the launcher's own is one, too", () => {
  expect(toTrialResult(said("24.11", "trial-refused-qos.stderr", 1))).toMatchObject({
    detail: expect.stringContaining("QOSMaxCpuPerJobLimit"),
  });
  expect(toTrialResult({ exitCode: 100, stdout: "", stderr: "fairway launcher: there is no app x\n" })).toMatchObject({ kind: "refused" });
});

test("a trial has no session's name, so that nobody takes it for a submission", () => {
  const request = makeRequest("alice");
  const options = buildTrialOptions(request);
  expect(options.join(" ")).not.toContain(request.jobName);
  expect(options).toContain("--cpus-per-task=1");
});
