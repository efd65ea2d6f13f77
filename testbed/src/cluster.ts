// Brings Slurm up on nodes that run: the daemons in their order, the accounting, the nodes idle.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { renderAccounting } from "./accounting.ts";
import { TestbedError } from "./errors.ts";
import { execIn, mustExecIn } from "./exec.ts";
import type { Layout, NodePlan } from "./layout.ts";
import { type Paths, testbedDir } from "./paths.ts";
import { ensureService, servicesOf } from "./services.ts";
import { waitFor } from "./waiting.ts";

/** Starts what a node of its role runs. */
export async function ensureNodeServices(
  paths: Paths,
  layout: Layout,
  node: NodePlan,
  initPid: number,
  signal?: AbortSignal,
): Promise<void> {
  if (node.role === "head") return ensureHead(paths, layout, node, initPid, signal);
  for (const service of servicesOf(node)) await ensureService(node, initPid, service, signal);
}

async function ensureHead(paths: Paths, layout: Layout, node: NodePlan, initPid: number, signal?: AbortSignal): Promise<void> {
  const start = (name: Parameters<typeof ensureService>[2]) => ensureService(node, initPid, name, signal);
  await Promise.all([start("munged"), start("sshd"), start("mariadbd")]);
  // Written once all is said: an `up` that was killed on the way says it again.
  const done = join(testbedDir(paths, layout.spec.name), "accounting");
  if (existsSync(done)) {
    await start("slurmdbd");
  } else {
    await mustExecIn(initPid, ["sh", "-c", "mariadb </etc/slurm/storage.sql"], { signal, timeoutMs: 30_000 });
    await start("slurmdbd");
    await loadAccounting(layout, initPid, signal);
    await writeFile(done, "");
  }
  await start("slurmctld");
  await start("slurmrestd");
}

async function loadAccounting(layout: Layout, initPid: number, signal?: AbortSignal): Promise<void> {
  const statements = renderAccounting(layout.spec.name);
  const result = await execIn(initPid, ["sacctmgr", "-i", "-Q"], { stdin: `${statements.join("\n")}\nexit\n`, signal, timeoutMs: 60_000 });
  const users = await mustExecIn(initPid, ["sacctmgr", "-nP", "show", "assoc", "format=account,user"], { signal, timeoutMs: 30_000 });
  if (result.code !== 0 || !users.includes("class|teacher")) {
    throw new TestbedError(`The accounting could not be set up: ${(result.stderr + result.stdout).trim().slice(-2000)}`);
  }
}

/** Waits until every compute node takes jobs. */
export async function waitUntilIdle(layout: Layout, headPid: number, signal?: AbortSignal): Promise<void> {
  const expected = layout.nodes.filter((node) => node.role === "compute").length;
  const ask = async () => {
    const result = await execIn(headPid, ["sinfo", "-hN", "-p", "batch", "-o", "%N %t"], { signal, timeoutMs: 15_000 });
    const states = result.stdout.trim().split("\n");
    return states.filter((line) => / (idle|mix|alloc)$/.test(line)).length === expected ? true : undefined;
  };
  await waitFor("every compute node to be idle", 60_000, ask, { intervalMs: 30, signal });
}
