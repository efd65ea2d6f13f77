import { describe, expect, test } from "vitest";
import type { UserVerb } from "../types.ts";
import { buildLauncherCommand, buildOperatorCommand } from "./launcher-command.ts";

const asPerson = { launcher: "/usr/libexec/fairway/launcher", sudo: true };
const asService = { launcher: "/x/local-jobs", sudo: false, env: { FAIRWAY_LOCAL_DIR: "/var/lib/fairway" } };
const submit: UserVerb = {
  verb: "submit",
  app: "noop",
  options: ["--job-name=fairway-abc"],
  values: { FAIRWAY_SESSION: "abc", FAIRWAY_TLS: "1" },
};

test("a submission runs as the person, guarded by timeout, with the job's name in its argv", () => {
  const command = buildLauncherCommand(asPerson, "alice", submit, 30_000);
  expect(command.argv).toEqual([
    ...["timeout", "-k", "5", "37", "sudo", "-n", "-H", "-u", "alice", "--", "/usr/libexec/fairway/launcher"],
    ...["submit", "noop", "--submit-timeout=30", "--job-name=fairway-abc"],
  ]);
  expect(command.stdin).toBe("FAIRWAY_SESSION=abc\nFAIRWAY_TLS=1\n.\n");
  expect(command.env).toBeUndefined();
});

test("as the service account there is no sudo, and the launcher's own environment", () => {
  const command = buildLauncherCommand(asService, "alice", { verb: "cancel", jobId: "12", jobName: "fw-x" }, 1000);
  expect(command).toEqual({ argv: ["/x/local-jobs", "cancel", "12", "fw-x"], env: asService.env });
});

test("a trial is no submission: nothing guards it, and no job of its name is looked for", () => {
  const command = buildLauncherCommand(asPerson, "alice", { verb: "trial", app: "noop", options: ["--time=00:10:00"] }, 30_000);
  expect(command.argv.slice(0, 6)).toEqual(["sudo", "-n", "-H", "-u", "alice", "--"]);
  expect(command.argv.slice(7)).toEqual(["trial", "noop", "--submit-timeout=30", "--time=00:10:00"]);
  expect(command.stdin).toBeUndefined();
});

test("the operator is an account of its own, and never an option", () => {
  const operator = { account: "fairway-operator", script: "/usr/libexec/fairway/operator" };
  const { argv } = buildOperatorCommand(operator, ["extend", "12", "fw-a-b", "90"]);
  expect(argv).toEqual(["sudo", "-n", "-H", "-u", "fairway-operator", "--", operator.script, "extend", "12", "fw-a-b", "90"]);
  expect(() => buildOperatorCommand({ ...operator, account: "-u" }, [])).toThrow(TypeError);
});

test("a password goes by stdin alone", () => {
  const command = buildLauncherCommand(asPerson, "alice", { verb: "check-password", password: "hush $(id)" }, 1000);
  expect(command.argv.join(" ")).not.toContain("hush");
  expect(command.stdin).toBe("alice\nhush $(id)\n");
});

describe("what must not reach the launcher is refused", () => {
  const names = ["-u", "--", "root\n", "a b", "", "#0", "Alice", "a".repeat(33), "../x", "$(id)"];
  test.each(names)("user name %j", (name) => {
    expect(() => buildLauncherCommand(asPerson, name, { verb: "cancel", jobId: "1", jobName: "fw-x" }, 1000)).toThrow(TypeError);
  });
  test.each(["a\nb", "a\rb", "a\0b"])("value %j", (value) => {
    expect(() => buildLauncherCommand(asPerson, "alice", { ...submit, values: { FAIRWAY_WORKDIR: value } }, 1000)).toThrow(TypeError);
    expect(() => buildLauncherCommand(asPerson, "alice", { verb: "check-password", password: value }, 1000)).toThrow(TypeError);
  });
});
