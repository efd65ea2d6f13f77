// Fairway as its real processes, over the simulated Slurm, in one folder. act_as is service: nobody but
// this one account is here, so there is no sudo before the launcher, which is otherwise the real one.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { call } from "../http.ts";
import { ADDRESS, type ScalePlan } from "./plan.ts";
import { findChild } from "./processes.ts";

const CHECKOUT = fileURLToPath(new URL("../../../", import.meta.url));
const PORT = 8000;
const CALLBACK_PORT = 8443;
export const PASSWORD = "bench";
export const PROFILE = "noop";
const UP_WITHIN_MS = 30_000;

export interface ScaleSite {
  readonly url: string;
  readonly users: readonly string[];
  readonly hubPid: number;
  readonly edgePid: number;
  /** Where the simulated commands are. */
  readonly binDir: string;
  countSqueues(): Promise<number>;
}

export async function startSite(plan: ScalePlan, signal: AbortSignal): Promise<ScaleSite> {
  const users = Array.from({ length: plan.users }, (_, index) => `student${String(index + 1).padStart(2, "0")}`);
  const binDir = join(plan.folder, "bin");
  prepare(plan.folder, binDir);
  const simulator = await startSimulator(plan, binDir, signal);
  const config = join(plan.folder, "fairway.json");
  // JSON is YAML, too.
  writeFileSync(config, JSON.stringify(toConfig(plan, binDir, users)), { mode: 0o600 });
  const log = openSync(join(plan.folder, "serve.log"), "a");
  const serve = spawn(process.execPath, [join(CHECKOUT, "hub/src/main.ts"), "serve", "--config", config], {
    stdio: ["ignore", log, log],
    signal,
  });
  serve.on("error", () => {}); // our own abort at the end
  const url = `http://127.0.0.1:${PORT}/`;
  await waitUntilUp(`${url}api/v1/health`, signal);
  const pid = serve.pid ?? 0;
  return {
    url,
    users,
    binDir,
    hubPid: findChild(pid, join(CHECKOUT, "hub/src/main.ts")),
    edgePid: findChild(pid, join(CHECKOUT, "edge/src/main.ts")),
    countSqueues: async () => (await simulator.counts()).squeue ?? 0,
  };
}

function prepare(folder: string, binDir: string): void {
  for (const dir of [binDir, join(folder, "apps"), join(folder, "run")]) mkdirSync(dir, { mode: 0o700 });
  const ask = join(binDir, "ask-simulator");
  copyFileSync(new URL("slurm/ask-simulator", import.meta.url), ask);
  for (const program of ["squeue", "sbatch", "scancel", "sacct", "scontrol", "sinfo", "sacctmgr"]) symlinkSync(ask, join(binDir, program));
  // The simulator plays the job itself: the script is only looked for.
  writeFileSync(join(folder, "apps", "noop.sh"), "exit 1\n");
  writeFileSync(join(folder, "launcher.conf"), `APPS_DIR=${folder}/apps\nPATH=${binDir}\n`);
}

function toConfig(plan: ScalePlan, binDir: string, users: readonly string[]) {
  return {
    demo: true,
    state_dir: join(plan.folder, "state"),
    runtime_dir: join(plan.folder, "run"),
    listen: [
      { address: "127.0.0.1", port: PORT },
      { address: ADDRESS, port: CALLBACK_PORT, tls: "self_signed" },
    ],
    sign_in: { demo_users: Object.fromEntries(users.map((user) => [user, PASSWORD])) },
    clusters: {
      simulated: {
        scheduler: "slurm",
        act_as: "service",
        launcher: join(CHECKOUT, "hub/share/launcher"),
        launcher_conf: join(plan.folder, "launcher.conf"),
        callback_url: `https://${ADDRESS}:${CALLBACK_PORT}`,
        slurm: { bin_dir: binDir },
        // What is measured is how fast it can be, not how fast a site lets it be.
        submit_rate: 1000,
      },
    },
    profiles: [{ name: PROFILE, title: "No-op", app: "noop", cluster: "simulated", resources: { cpus: 1, time: "1h" } }],
    limits: { sessions_per_user: 1000 },
    log_level: "warn",
  };
}

class Simulator {
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  constructor(child: ChildProcess, lines: Interface) {
    this.#child = child;
    this.#lines = lines;
  }

  /** How often each command was called so far. */
  async counts(): Promise<Record<string, number>> {
    this.#child.stdin?.write("\n");
    const [line] = (await once(this.#lines, "line")) as [string];
    return JSON.parse(line) as Record<string, number>;
  }
}

async function startSimulator(plan: ScalePlan, binDir: string, signal: AbortSignal): Promise<Simulator> {
  const program = fileURLToPath(new URL("simulator.ts", import.meta.url));
  const child = spawn(process.execPath, [program, binDir, String(plan.capacity), "root", ADDRESS], {
    stdio: ["pipe", "pipe", "inherit"],
    signal,
  });
  child.on("error", () => {}); // our own abort at the end
  const lines = createInterface({ input: child.stdout });
  await once(lines, "line");
  return new Simulator(child, lines);
}

async function waitUntilUp(url: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + UP_WITHIN_MS;
  for (;;) {
    const isUp = await call({ method: "GET", url, signal }, 200).then(
      () => true,
      () => false, // refused, or the edge knows no hub yet
    );
    if (isUp) return;
    if (performance.now() > deadline) throw new Error(`Fairway did not come up within ${UP_WITHIN_MS / 1000} s: see serve.log`);
    await sleep(100, undefined, { signal });
  }
}
