// Stock JupyterHub on the hub node of the bench's testbed.
import { randomBytes } from "node:crypto";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { mustRun } from "@fairway/testbed/command.ts";
import { readPaths, type Testbed } from "@fairway/testbed/index.ts";
import { testbedDir } from "@fairway/testbed/paths.ts";
import { addressOf, CLUSTER_NAME, HUB_NODE_PROGRAM } from "../cluster.ts";
import { call } from "../http.ts";

const PORT = 8100;
const UP_WITHIN_MS = 60_000;
const LOG_FILE = "/var/log/jupyterhub.log";
const CONFIG = "/opt/fairway/bench/peers/jupyterhub/jupyterhub_config.py";

export interface JupyterHubSite {
  /** Of its REST API, with a slash at its end. */
  readonly api: string;
  /** Where people's servers are, with a slash at its end. */
  readonly url: string;
  /** An administrator's. */
  readonly token: string;
}

export interface JupyterHubOffer {
  /** What `ensureJupyterHub` made. */
  readonly folder: string;
  readonly cpus: number;
  readonly memory: string;
  readonly users: readonly string[];
  /** "noop": a server that answers and does nothing, in place of JupyterLab. */
  readonly app?: "jupyterlab" | "noop";
}

export async function startJupyterHub(testbed: Testbed, offer: JupyterHubOffer, signal: AbortSignal): Promise<JupyterHubSite> {
  // All nodes share /home, so one copy is there for the hub and for the jobs.
  const home = join(testbedDir(readPaths(process.env), CLUSTER_NAME), "home", "jupyterhub-peer");
  await mustRun(["cp", "-a", "--reflink=auto", offer.folder, home], { signal });
  await copyFile(new URL("../../peers/jupyterhub/noop.py", import.meta.url), join(home, "noop.py"));
  const token = randomBytes(24).toString("hex");
  const env = {
    BENCH_API_TOKEN: token,
    BENCH_NODE: HUB_NODE_PROGRAM,
    BENCH_CPUS: String(offer.cpus),
    BENCH_MEMORY: offer.memory,
    BENCH_SINGLEUSER: `/home/jupyterhub-peer/${offer.app === "noop" ? "noop.py" : "env/bin/jupyterhub-singleuser"}`,
  };
  const run = `mkdir -p -m 700 /var/lib/jupyterhub; cd /var/lib/jupyterhub; exec /home/jupyterhub-peer/env/bin/jupyterhub -f ${CONFIG} >${LOG_FILE} 2>&1`;
  await testbed.mustExec("hub", ["setsid", "--fork", "sh", "-c", run], { env, signal });
  const url = `http://${addressOf(testbed, "hub")}:${PORT}/`;
  const site = { url, api: `${url}hub/api/`, token };
  await waitUntilUp(testbed, site, signal);
  for (const user of offer.users) await call({ method: "POST", url: `${site.api}users/${user}`, token, signal }, 201);
  return site;
}

async function waitUntilUp(testbed: Testbed, { api, token }: JupyterHubSite, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + UP_WITHIN_MS;
  while (performance.now() < deadline) {
    const answer = await call({ method: "GET", url: `${api}users`, token, signal }, 200).catch((error: unknown) => {
      // Not up yet: refused, or its proxy knows no hub.
      if (signal.aborted) throw error;
      return null;
    });
    if (answer !== null) return;
    await sleep(200, undefined, { signal });
  }
  const { stdout } = await testbed.exec("hub", ["tail", "-n", "30", LOG_FILE]);
  throw new Error(`JupyterHub did not come up within ${UP_WITHIN_MS / 1000} s. The end of its log:\n${stdout}`);
}
