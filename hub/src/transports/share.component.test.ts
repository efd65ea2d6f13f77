/** The shell programs under hub/share: plain POSIX sh, as shellcheck reads it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createExec } from "./local/exec.ts";

const share = fileURLToPath(new URL("../../share", import.meta.url));
const exec = createExec();
const hasShellcheck = (await exec({ argv: ["sh", "-c", "command -v shellcheck"] }, { timeoutMs: 5000 })).exitCode === 0;

/** SC2016, "expressions don't expand in single quotes": where we write so, that is what we mean (as tests/shell has it). */
const RULES = ["--shell=sh", "--exclude=SC2016"] as const;

test.skipIf(!hasShellcheck).each(["launcher", "operator", "shells", "local-jobs", "make-app-script", "install-node-files"])(
  "shellcheck has no complaint of %s",
  async (program) => {
    const { stdout } = await exec({ argv: ["shellcheck", ...RULES, `${share}/${program}`] }, { timeoutMs: 20_000 });
    expect(stdout).toBe("");
  },
);

test.each(["jupyterlab", "noop"])("the job script of %s is one file of plain sh that starts nothing but main", async (app) => {
  const env = { FAIRWAY_SITE_APPS: "/nonexistent" };
  const { stdout: script } = await exec({ argv: [`${share}/make-app-script`, app], env }, { timeoutMs: 5000 });
  expect(script).toMatch(/^#!\/bin\/sh\n[\s\S]*\nmain\n$/);
  expect(script).not.toMatch(/\beval\b/);
  if (!hasShellcheck) return;
  const { stdout } = await exec({ argv: ["shellcheck", ...RULES, "-"], stdin: script }, { timeoutMs: 20_000 });
  expect(stdout).toBe("");
});

test.each([
  ["launcher", 175],
  ["operator", 80],
  ["shells", 140],
])("the %s stays small enough to be read, and evaluates nothing", (program, most) => {
  const lines = readFileSync(`${share}/${program}`, "utf8").split("\n");
  expect(lines.length - 1).toBeLessThan(most);
  const code = lines.filter((line) => !line.startsWith("#")).join("\n");
  expect(code).not.toMatch(/\beval\b|^\s*\. /m);
});

test.each(["../x", "", "-x", "NOOP", "no such"])("there is no script of the app %j", async (app) => {
  const { exitCode, stdout } = await exec({ argv: [`${share}/make-app-script`, app] }, { timeoutMs: 5000 });
  expect(exitCode).not.toBe(0);
  expect(stdout).toBe("");
});
