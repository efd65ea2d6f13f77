// The cgroups of a testbed on a host with cgroup v1: one folder per testbed in each hierarchy, which its
// nodes see as the whole of it. So two testbeds with a node of the same name do not meet.
import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CgroupMode } from "./slurm-conf.ts";

const mountPoint = "/sys/fs/cgroup";
/** What slurmd uses. */
const controllers = ["memory", "devices", "freezer", "cpuset", "cpuacct", "cpu"];

export function readCgroupMode(): CgroupMode {
  return listControllers().length === controllers.length ? "v1" : "none";
}

/** The folder of a testbed in a controller's hierarchy. recipes/node.sh binds the same. */
function folderOf(name: string, controller: string): string {
  return join(mountPoint, controller, `fairway-testbed-${name}`);
}

export async function ensureCgroups(name: string): Promise<void> {
  if (readCgroupMode() === "none") return;
  for (const controller of listControllers()) await mkdir(folderOf(name, controller), { recursive: true });
  // A new cpuset is empty, and takes no process until it is told what it may use.
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    await writeFile(join(folderOf(name, "cpuset"), file), await readFile(join(mountPoint, "cpuset", file)));
  }
}

/** Cgroup folders a testbed has on this host. */
export function listCgroups(name: string): string[] {
  return listControllers()
    .map((controller) => folderOf(name, controller))
    .filter((dir) => existsSync(dir));
}

/** Lets suspended jobs go on, or not even SIGKILL would reach them. */
export async function thawCgroups(name: string): Promise<void> {
  const dir = folderOf(name, "freezer");
  if (!existsSync(dir)) return;
  const states = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith("freezer.state"));
  // The topmost folder cannot be frozen by slurmd; one that has gone meanwhile needs no thawing.
  for (const file of states) await writeFile(join(dir, file), "THAWED").catch(() => undefined);
}

/** Removes them, deepest first. Nothing may run in them any more. */
export async function removeCgroups(name: string): Promise<void> {
  for (const dir of listCgroups(name)) await removeTree(dir);
}

/** Removes what a node that is off has left, so that its slurmd starts afresh as after a true power cut. */
export async function removeNodeCgroups(name: string, node: string): Promise<void> {
  for (const dir of listCgroups(name)) {
    // slurmd names its own after its node.
    const own = join(dir, `slurm_${node}`);
    if (existsSync(own)) await removeTree(own);
  }
}

async function removeTree(dir: string): Promise<void> {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeTree(join(dir, entry.name));
  }
  await rmdir(dir);
}

function listControllers(): string[] {
  return controllers.filter((controller) => existsSync(join(mountPoint, controller, "tasks")));
}
