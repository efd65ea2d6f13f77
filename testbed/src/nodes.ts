// Starts and ends nodes: namespaces whose pid 1 is recipes/node.sh.
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { removeNodeCgroups } from "./cgroups.ts";
import { TestbedError } from "./errors.ts";
import { mustExecIn } from "./exec.ts";
import { setFirewall } from "./firewall.ts";
import type { Layout, NodePlan } from "./layout.ts";
import { attachNode, isPluggedIn } from "./network.ts";
import { nodeDir, type Paths, testbedDir } from "./paths.ts";
import { findNodeInit, findTestbedProcesses, killProcesses, processMark } from "./processes.ts";
import { waitFor } from "./waiting.ts";

/** Starts a node unless it runs, and plugs it in. `lower` is what the testbed's layer stands on. Returns its pid 1. */
export async function ensureNode(
  paths: Paths,
  layout: Layout,
  node: NodePlan,
  lower: readonly string[],
  signal?: AbortSignal,
): Promise<number> {
  const { name } = layout.spec;
  const running = findNodeInit(name, node.name);
  if (running !== undefined) {
    if (!isPluggedIn(node)) await attachNode(layout, node, running);
    return running;
  }
  await stopNode(name, node.name);

  const dir = nodeDir(paths, name, node.name);
  const testbed = testbedDir(paths, name);
  const layers = [join(testbed, "layer"), ...lower].join(":");
  const checkout = node.isHub ? paths.checkout : "-";
  const home = node.isOfCluster ? join(testbedDir(paths, layout.spec.homeOf ?? name), "home") : "-";
  const script = [join(paths.recipes, "node.sh"), dir, layers, home, checkout, processMark, name, node.name];
  const logFile = join(dir, "boot.log");
  const log = openSync(logFile, "w");
  const namespaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "--kill-child"];
  const child = spawn("unshare", [...namespaces, "sh", ...script], { detached: true, stdio: ["ignore", log, log], cwd: "/" });
  closeSync(log);
  let failed = false;
  child.on("exit", () => {
    failed = true;
  });
  child.unref();
  const initPid = await waitFor(
    `node ${node.name} to start`,
    15_000,
    () => {
      if (failed) throw new TestbedError(`Node ${node.name} did not start: ${readFileSync(logFile, "utf8").trim()}`);
      return findNodeInit(name, node.name);
    },
    { intervalMs: 5, signal },
  );
  if (!node.isOfCluster) await removeClusterPrograms(initPid);
  // Before the cable: nothing passes that should not.
  await setFirewall(layout, node, initPid);
  await attachNode(layout, node, initPid);
  return initPid;
}

/** Slurm's and munge's packages, file by file: what Fairway does without them must work where they never were. */
async function removeClusterPrograms(initPid: number): Promise<void> {
  const script = `cd /var/lib/dpkg/info
cat slurm*.list munge*.list libmunge*.list libslurm*.list 2>/dev/null | while read -r file; do
  [ -d "$file" ] || printf '%s\\0' "$file"
done | xargs -0 rm -f
rm -rf /etc/slurm /etc/munge`;
  await mustExecIn(initPid, ["sh", "-c", script]);
}

/** Ends a node at once, with all that runs in it: a power cut. Its disk stays. */
export async function stopNode(testbed: string, node: string): Promise<void> {
  const processes = findTestbedProcesses(testbed).filter((found) => found.subject === node);
  // pid 1 first: its parent then reaps it and ends by itself.
  const pids = processes.sort((a, b) => Number(b.isInit) - Number(a.isInit)).map((found) => found.pid);
  if (pids.length > 0) await killProcesses(pids);
  await removeNodeCgroups(testbed, node);
}
