/** A hub that is killed while sbatch runs: the submission goes on, ends by itself, and the next hub sees it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hasSubmitter } from "./local/submitters.ts";
import { makeRecordingPrograms, type RecordingPrograms } from "./testing/recording-programs.ts";

const launcher = fileURLToPath(new URL("../../share/launcher", import.meta.url));
const hub = fileURLToPath(new URL("testing/submit-and-hang.ts", import.meta.url));
let programs: RecordingPrograms;
let site: string;

beforeEach(() => {
  programs = makeRecordingPrograms();
  site = mkdtempSync(join(tmpdir(), "fairway-site-"));
  writeFileSync(join(site, "noop.sh"), "#!/bin/sh\n");
  writeFileSync(join(site, "launcher.conf"), `APPS_DIR=${site}\nPATH=${programs.directory}\n`);
});
afterEach(() => {
  programs.remove();
  for (const folder of [site, join(userInfo().homedir, ".fairway/sessions/zz22zz33zz55")]) rmSync(folder, { recursive: true, force: true });
});

test("the submission is seen until it has ended, and it ends", async () => {
  const jobName = `fairway-killed-${process.pid}`;
  programs.add("sbatch", `touch '${site}/began'; while [ ! -e '${site}/go' ]; do sleep 0.05; done; touch '${site}/submitted'`);
  const child = spawn(process.execPath, [hub, launcher, jobName], { env: { CONF: join(site, "launcher.conf") }, stdio: "ignore" });
  while (!existsSync(join(site, "began"))) await sleep(20);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await hasSubmitter(jobName, "/proc")).toBe(true);
  writeFileSync(join(site, "go"), "");
  while (await hasSubmitter(jobName, "/proc")) await sleep(20);
  expect(existsSync(join(site, "submitted"))).toBe(true);
  expect(programs.calls("sbatch")).toHaveLength(1);
});
