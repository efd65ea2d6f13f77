import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { listFiles, ROOT, readText } from "./repository.ts";

const scripts = listFiles(/^(script|\.ci|hub\/share|testbed|deploy)\//).filter(
  (path) => path.endsWith(".sh") || /^#!\/bin\/(sh|bash)\b/.test(readText(path)),
);

/** Parts of a job script: read by hub/share/make-app-script into one file, which is what can be judged. */
const isPart = (path: string): boolean => /^hub\/share\/(apps\/[^/]+|job|job-[a-z]+)\.sh$/.test(path);

/** SC2016, "expressions don't expand in single quotes": where we write so, that is what we mean. */
const RULES = ["--exclude=SC2016"];

function shellcheck(argv: readonly string[], input?: string): string {
  const { status, stdout, error } = spawnSync("shellcheck", [...RULES, ...argv], {
    cwd: ROOT,
    encoding: "utf8",
    ...(input === undefined ? {} : { input }),
  });
  if (error !== undefined) throw new Error("shellcheck is not installed: run script/setup --tests.", { cause: error });
  return status === 0 ? "" : stdout;
}

it.each(scripts.filter((path) => !isPart(path)))("%s has nothing that shellcheck objects to", (path) => {
  expect(shellcheck(["--external-sources", path])).toBe("");
});

it.each(["jupyterlab", "noop"])("neither has the job script of %s", (app) => {
  const { stdout } = spawnSync(`${ROOT}/hub/share/make-app-script`, [app], { encoding: "utf8" });
  expect(stdout).toContain("main");
  expect(shellcheck(["-"], stdout)).toBe("");
});

it("would be caught by it", () => {
  expect(shellcheck(["-"], "#!/bin/sh\nrm -rf $1/*\n")).toContain("SC2086");
});
