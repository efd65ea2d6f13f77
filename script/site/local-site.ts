/**
 * Fairway on this machine alone, below `.demo/`: no root, no Slurm. JupyterLab comes from PyPI into an
 * environment of its own; sessions are processes of whoever starts this, and the pages say so.
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HOME = join(ROOT, ".demo");
const STATE = join(HOME, "state");
const RUNNING = join(HOME, "running.json");
const PYTHON = join(HOME, "jupyter");

export const LOCAL_LOG = join(HOME, "serve.log");

interface Running {
  readonly pid: number;
  readonly port: number;
  readonly runtime: string;
}

/** The one that runs, if any. */
export function findLocal(): Running | null {
  if (!existsSync(RUNNING)) return null;
  const running = JSON.parse(readFileSync(RUNNING, "utf8")) as Running;
  return isOurs(running.pid) ? running : null;
}

/** Makes the environment on first use. @throws with what is missing. */
export function installJupyter(report: (line: string) => void): void {
  if (existsSync(join(PYTHON, "complete"))) {
    report("there already");
    return;
  }
  report("JupyterLab from PyPI, into .demo/jupyter (the first time only)");
  rmSync(PYTHON, { recursive: true, force: true });
  mkdirSync(HOME, { recursive: true, mode: 0o700 });
  try {
    execFileSync("python3", ["-m", "venv", PYTHON], { stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    throw new Error("Python 3 with its venv module is needed (on Debian: the packages python3 and python3-venv).", { cause: error });
  }
  const requirements = join(ROOT, "testbed/recipes/jupyter.txt");
  execFileSync(join(PYTHON, "bin/pip"), ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", requirements], {
    stdio: "inherit",
  });
  if (process.getuid?.() === 0) allowRoot();
  writeFileSync(join(PYTHON, "complete"), "");
}

/** Jupyter refuses to run as root unless told; this root asked for a demo of its own. */
function allowRoot(): void {
  const folder = join(PYTHON, "etc/jupyter");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "jupyter_server_config.json"), JSON.stringify({ ServerApp: { allow_root: true } }));
}

/** Starts `fairway serve` so that it outlives us. */
export function startLocal(port: number): void {
  // A socket's path stays under 100 bytes, wherever the checkout lies.
  const runtime = mkdtempSync(join(tmpdir(), "fairway-demo-"));
  const apps = join(HOME, "apps");
  mkdirSync(apps, { recursive: true, mode: 0o700 });
  writeFileSync(join(apps, "jupyterlab.prologue.sh"), `PATH='${PYTHON.replaceAll("'", "'\\''")}/bin':$PATH\nexport PATH\n`);
  const values: Readonly<Record<string, string>> = { PORT: String(port), STATE, RUNTIME: runtime, APPS: apps };
  const template = readFileSync(new URL("local.yaml", import.meta.url), "utf8");
  const config = join(HOME, "fairway.yaml");
  writeFileSync(
    config,
    template.replace(/\$([A-Z]+)/g, (_, name: string) => values[name] ?? ""),
    { mode: 0o600 },
  );
  const log = openSync(LOCAL_LOG, "a", 0o600);
  const child = spawn(join(ROOT, "script/fairway"), ["serve", "--config", config], {
    detached: true,
    stdio: ["ignore", log, log],
    cwd: HOME,
  });
  if (child.pid === undefined) throw new Error("fairway serve could not be started.");
  child.unref();
  writeFileSync(RUNNING, JSON.stringify({ pid: child.pid, port, runtime } satisfies Running));
}

/** Ends Fairway and its sessions; what they wrote in the home folder stays, and so does JupyterLab. */
export async function stopLocal(signal: AbortSignal): Promise<void> {
  const running = existsSync(RUNNING) ? (JSON.parse(readFileSync(RUNNING, "utf8")) as Running) : null;
  if (running !== null && isOurs(running.pid)) {
    process.kill(running.pid, "SIGTERM");
    while (isOurs(running.pid)) await sleep(100, undefined, { signal });
  }
  endJobs();
  if (running !== null) rmSync(running.runtime, { recursive: true, force: true });
  for (const path of [RUNNING, STATE, LOCAL_LOG, join(HOME, "apps"), join(HOME, "fairway.yaml")])
    rmSync(path, { recursive: true, force: true });
}

/** Local jobs outlive the hub by design; a demo that is over leaves none. */
function endJobs(): void {
  const directory = join(STATE, "local-jobs");
  if (!existsSync(directory)) return;
  const localJobs = (...argv: readonly string[]): string =>
    execFileSync(join(ROOT, "hub/share/local-jobs"), argv, { encoding: "utf8", env: { ...process.env, FAIRWAY_LOCAL_DIR: directory } });
  for (const line of localJobs("list").split("\n")) {
    const [id = "", state = ""] = line.split("\t");
    if (state === "RUNNING" || state === "PENDING") localJobs("cancel", id);
  }
}

/** A pid may be another's by now. */
function isOurs(pid: number): boolean {
  const cmdline = `/proc/${pid}/cmdline`;
  if (existsSync("/proc/self")) return existsSync(cmdline) && readFileSync(cmdline, "utf8").includes("serve");
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // No such process.
  }
}
