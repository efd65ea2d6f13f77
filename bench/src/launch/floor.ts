// The floor: what a launch costs without any gateway. sbatch of bare JupyterLab by the person
// themselves, from the start of sbatch until JupyterLab answers over HTTP.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { findAccount } from "@fairway/testbed/people.ts";
import { call } from "../http.ts";
import type { Launched, Launcher } from "./launcher.ts";
import type { LaunchPlan } from "./plan.ts";

const run = promisify(execFile);
const LOOK_EVERY_MS = 5;
const FIRST_PORT = 30_000;

export function createFloor({ user, floor }: Pick<LaunchPlan, "user" | "floor">): Launcher {
  const account = findAccount(readFileSync("/etc/passwd", "utf8"), user);
  if (account === undefined) throw new Error(`There is no user ${user} here.`);
  const { uid, gid, home } = account;
  const as = { uid, gid, cwd: home, env: { PATH: "/usr/bin:/bin", HOME: home, USER: user, LOGNAME: user, LANG: "C.UTF-8" } };
  const resources = [`--partition=${floor.partition}`, `--cpus-per-task=${floor.cpus}`, `--mem=${floor.memory}`, "--time=1:00:00"];
  let port = FIRST_PORT;

  return {
    name: "floor",
    async launch(mark, signal): Promise<Launched> {
      port += 1;
      const lab = `exec /opt/jupyter/bin/jupyter-lab --no-browser --ServerApp.ip=0.0.0.0 --ServerApp.port=${port} --ServerApp.port_retries=0`;
      const submitted = await run("sbatch", ["--parsable", "--output=/dev/null", ...resources, `--wrap=${lab}`], { ...as, signal });
      const job = submitted.stdout.trim();
      mark("submitted");
      const url = await findAnswering(floor.hosts, port, signal);
      return {
        verify: async () => void (await call({ method: "GET", url: `${url}api`, signal }, 200)),
        stop: async () => void (await run("scancel", [job], { ...as, signal })),
      };
    },
  };
}

/** Whichever of the nodes the job went to. A look that is refused costs next to nothing, so it looks often. */
async function findAnswering(hosts: readonly string[], port: number, signal: AbortSignal): Promise<string> {
  for (;;) {
    for (const host of hosts) {
      if (!(await isListening(host, port))) continue;
      const url = `http://${host}:${port}/`;
      await call({ method: "GET", url: `${url}api`, signal }, 200);
      return url;
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}
