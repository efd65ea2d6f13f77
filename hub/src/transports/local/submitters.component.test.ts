import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { hasSubmitter } from "./submitters.ts";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

async function start(...args: string[]): Promise<ChildProcess> {
  const child = spawn("sh", ["-c", "echo; exec sleep 600", "sh", ...args], { stdio: ["ignore", "pipe", "ignore"] });
  children.push(child);
  await once(child.stdout ?? child, "data");
  return child;
}

test("a process of ours with the job's name in its argv is a submission under way", async () => {
  expect(await hasSubmitter("fairway-abc", "/proc")).toBe(false);
  // `timeout` keeps the whole argv while it waits, as it does around sbatch.
  const guard = spawn("timeout", ["60", "sh", "-c", "echo; sleep 60; true", "sh", "--job-name=fairway-abc"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(guard);
  await once(guard.stdout, "data");
  expect(await hasSubmitter("fairway-abc", "/proc")).toBe(true);
  expect(await hasSubmitter("fairway-ab", "/proc")).toBe(false);
  guard.kill();
  await once(guard, "exit");
  expect(await hasSubmitter("fairway-abc", "/proc")).toBe(false);
});

test("its ended processes are none", async () => {
  const child = await start("--job-name=fairway-gone");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await hasSubmitter("fairway-gone", "/proc")).toBe(false);
});

test("when processes cannot be listed, the answer is: perhaps", async () => {
  expect(await hasSubmitter("fairway-abc", "/nonexistent")).toBe(true);
});
