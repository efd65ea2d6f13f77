/** The site's clusters from its configuration: how each is asked, what is known of it, and the end of all that. */
import type { Logger } from "pino";
import { readAccountEnvironment } from "../config/environment.ts";
import type { ClusterConfig, Config } from "../config/load.ts";
import { createLocalLauncher, createScheduler } from "../schedulers/index.ts";
import { Spawner } from "../transports/local/spawner.ts";
import { openTransport } from "../transports/open.ts";
import { Cluster } from "./cluster.ts";
import { createEstimates, type Estimates } from "./estimates.ts";
import { type ClusterKnowledge, createKnowledge, NOTHING_TO_KNOW } from "./knowledge.ts";
import { createTrials, type Trials } from "./trials.ts";

type ByName<T> = ReadonlyMap<string, T>;

export interface OpenedClusters {
  readonly clusters: ByName<Cluster>;
  readonly knowledge: ByName<ClusterKnowledge>;
  readonly trials: ByName<Trials | null>;
  readonly estimates: ByName<Estimates>;
  /** Asks each for what the first who comes would else wait for. Nothing depends on the answer. */
  warmUp(signal: AbortSignal): void;
  close(): Promise<void>;
}

interface Parts {
  readonly config: Config;
  readonly spawner: Spawner;
  readonly now: () => number;
  readonly log: Logger;
}

export function openClusters({ config, now, log }: Omit<Parts, "spawner">): OpenedClusters {
  const spawner = new Spawner();
  const opened = Object.entries(config.clusters).map(([name, entry]) => openCluster(name, entry, { config, spawner, now, log }));
  const clusters = new Map(opened.map(({ cluster }) => [cluster.name, cluster]));
  const knowledge = new Map([...clusters].map(([name, cluster]) => [name, openKnowledge(cluster, now, log)]));
  const trials = new Map([...clusters].map(([name, cluster]) => [name, createTrials(cluster, now)]));
  const estimates = new Map([...clusters].map(([name, cluster]) => [name, openEstimates(cluster, knowledge, trials, now)]));
  return {
    ...{ clusters, knowledge, trials, estimates },
    warmUp(signal) {
      for (const cluster of clusters.values()) learnVersion(cluster, signal, log);
      for (const known of knowledge.values()) void known.rules();
    },
    async close() {
      await Promise.all([...knowledge.values(), ...trials.values()].map(async (each) => each?.close()));
      await Promise.all(opened.map((each) => each.close()));
      spawner.close();
    },
  };
}

function openCluster(
  name: string,
  entry: ClusterConfig,
  { config, spawner, now, log }: Parts,
): { cluster: Cluster; close: () => Promise<void> } {
  const { bin_dir: path, conf: slurmConf } = entry.slurm;
  const { launcher, env } = launcherOf(entry, config);
  const scheduler = createScheduler(entry.scheduler, {
    launcher,
    stateDir: config.state_dir,
    path,
    ...(slurmConf === undefined ? {} : { slurmConf }),
  });
  const { transport, close } = openTransport({
    ...{ name, entry, launcher, env, now },
    stateDir: config.state_dir,
    runtimeDir: config.runtime_dir,
    createExec: spawner.createExec,
    onError: (error) => log.warn({ cluster: name, err: error }, "something of the way to the login node did not work"),
  });
  return { cluster: new Cluster(name, entry, scheduler, transport), close };
}

/** The environment is for a launcher that runs as ourselves; sudo drops it. */
function launcherOf(entry: ClusterConfig, config: Config): { launcher: string; env: Readonly<Record<string, string>> } {
  if (entry.scheduler === "local") return createLocalLauncher(config.state_dir, readAccountEnvironment(), entry.apps_dir);
  return { launcher: entry.launcher, env: entry.launcher_conf === undefined ? {} : { FAIRWAY_LAUNCHER_CONF: entry.launcher_conf } };
}

function openKnowledge(cluster: Cluster, now: () => number, log: Logger): ClusterKnowledge {
  const onError = (error: unknown) => log.warn({ cluster: cluster.name, err: error }, "the cluster did not tell its rules or what is free");
  return createKnowledge({ cluster, now, onError });
}

function openEstimates(
  cluster: Cluster,
  knowledge: ReadonlyMap<string, ClusterKnowledge>,
  trials: ReadonlyMap<string, Trials | null>,
  now: () => number,
): Estimates {
  return createEstimates({
    cluster,
    knowledge: knowledge.get(cluster.name) ?? NOTHING_TO_KNOW,
    trials: trials.get(cluster.name) ?? null,
    now,
  });
}

/** Once, for people to see. That it is not known harms nothing: the watcher finds out whether the cluster answers. */
function learnVersion(cluster: Cluster, signal: AbortSignal, log: Logger): void {
  cluster.scheduler.version(cluster.transport.exec, { timeoutMs: cluster.config.command_timeout, signal }).then(
    (version) => cluster.noteVersion(version),
    (error: unknown) => log.warn({ cluster: cluster.name, err: error }, "the scheduler's version is not known"),
  );
}
