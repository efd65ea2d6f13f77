import { expect, test } from "vitest";
import { readPasswordVerdict } from "./password-verdict.ts";

test("right and wrong are words, not exit codes alone", () => {
  expect(readPasswordVerdict({ exitCode: 0, stdout: "right\n", stderr: "" })).toBe(true);
  expect(readPasswordVerdict({ exitCode: 1, stdout: "wrong\n", stderr: "" })).toBe(false);
  expect(readPasswordVerdict({ exitCode: 1, stdout: "", stderr: "sudo: unknown user nosuch\n" })).toBe(false);
});

test.each([
  { exitCode: 0, stdout: "", stderr: "" },
  { exitCode: 1, stdout: "", stderr: "sudo: a password is required\n" },
  { exitCode: 100, stdout: "", stderr: "fairway launcher: pamtester could not check: not found\n" },
  { exitCode: 124, stdout: "", stderr: "" },
])("could not ask is neither: %j", (result) => {
  expect(() => readPasswordVerdict(result)).toThrow(/could not be checked/);
});
