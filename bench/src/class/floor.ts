// The floor: forty sbatch by those very people, until each job's script runs on its node.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { findAccount } from "@fairway/testbed/people.ts";
import type { RushPlan } from "./plan.ts";
import type { Way } from "./way.ts";

const run = promisify(execFile);
/** All nodes share /home, so what a job leaves there is seen here at once. */
const MARKS = "/home/bench-marks";
const LOOK_EVERY_MS = 10;

export function createFloor({ partition, cpus, memory }: RushPlan["way"] & { name: "floor" }): Way {
  const resources = [`--partition=${partition}`, `--cpus-per-task=${cpus}`, `--mem=${memory}`, "--time=1:00:00", "--output=/dev/null"];
  return {
    async prepare() {
      await rm(MARKS, { recursive: true, force: true });
      await run("install", ["-d", "-m", "1777", MARKS]);
    },
    async press(user, signal) {
      const { uid, gid, home } = findAccount(readFileSync("/etc/passwd", "utf8"), user) ?? {};
      if (uid === undefined || gid === undefined || home === undefined) throw new Error(`There is no user ${user} here.`);
      const env = { PATH: "/usr/bin:/bin", HOME: home, USER: user, LOGNAME: user, LANG: "C.UTF-8" };
      await run("sbatch", [...resources, `--wrap=: >${MARKS}/${user}; exec sleep 3600`], { uid, gid, cwd: home, env, signal });
      while (!(await readdir(MARKS)).includes(user)) await sleep(LOOK_EVERY_MS, undefined, { signal });
    },
    look: null,
    async stopAll(_users, signal) {
      await run("scancel", [`--partition=${partition}`], { signal });
    },
  };
}
