/**
 * Everything about sessions that goes on by itself: a watcher and a reconciler for each cluster, and
 * the conductor. Wires them together, begins with what the database holds, and ends them together.
 */
import { userInfo } from "node:os";
import type { Logger } from "pino";
import { Busyness } from "../clusters/busyness.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { Watcher, type WatcherPace } from "../clusters/watcher.ts";
import type { Routing } from "../routes/index.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import { adoptJob } from "./adoption.ts";
import type { App } from "./apps.ts";
import type { SessionChanges } from "./changes.ts";
import { Conductor, type ConductorOptions } from "./conductor.ts";
import type { JobContext } from "./job-request.ts";
import { Prober } from "./prober.ts";
import { Reconciler } from "./reconciler.ts";
import type { SubmitLines } from "./submit-line.ts";
import type { UpstreamContext } from "./upstream.ts";

export interface EngineOptions extends Pick<ConductorOptions, "pendingTimeoutMs" | "startTimeoutMs">, UpstreamContext {
  readonly store: SessionStore;
  readonly changes: SessionChanges;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly apps: ReadonlyMap<string, App>;
  readonly lines: SubmitLines;
  readonly routing: Pick<Routing, "forwards" | "health">;
  readonly namePrefix: string;
  readonly jobContext: JobContext;
  readonly now: () => number;
  readonly pace: WatcherPace;
  readonly log: Logger;
}

export class Engine {
  readonly #options: EngineOptions;
  readonly #watchers = new Map<string, Watcher>();
  readonly #reconcilers = new Map<string, Reconciler>();
  readonly #busyness: Busyness;
  readonly #prober: Prober;
  #conductor: Conductor | null = null;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#busyness = new Busyness(options.now);
    this.#prober = new Prober({ ...options, baseUrl: options.jobContext.baseUrl });
    for (const cluster of options.clusters.values()) this.#equip(cluster);
  }

  /** Ask this cluster's queue soon. */
  kick(cluster: string): void {
    this.#watchers.get(cluster)?.kick();
  }

  /** See to this session from now on (nothing happens before `run`, which begins with all open ones). */
  conduct(id: string): void {
    this.#conductor?.conduct(id);
  }

  /** Until aborted; resolves when all has come to rest. */
  async run(signal: AbortSignal): Promise<void> {
    const { changes, store, clusters, lines, routing, log } = this.#options;
    const ending = new AbortController();
    const either = AbortSignal.any([signal, ending.signal]);
    const conductor = this.#createConductor(either);
    this.#conductor = conductor;
    const begin = (row: SessionRow) => {
      this.#busyness.note(row);
      if (row.state !== "requested") lines.withdraw(row);
      conductor.conduct(row.id);
    };
    const stopListening = changes.onChange(({ row }) => begin(row));
    try {
      for (const cluster of clusters.values()) for (const row of await store.openOfCluster(cluster.name)) begin(row);
      const onMove = (id: string) =>
        void changes.retell(id).catch((error: unknown) => log.warn({ session: id, err: error }, "its place could not be told"));
      await Promise.all([
        lines.tellMoves(onMove, either),
        routing.forwards.run(either),
        ...[...this.#watchers.values()].map((watcher) => watcher.run(either)),
      ]);
    } finally {
      // Also when one of them failed: half an engine must not go on unseen.
      ending.abort(new Error("the engine ends"));
      stopListening();
      await conductor.finished();
    }
  }

  #equip(cluster: Cluster): void {
    const { store, changes, apps, namePrefix, now, pace, log } = this.#options;
    const onError = (error: unknown) =>
      log.warn({ cluster: cluster.name, err: error }, "the cluster could not be asked, or its answer used");
    const onNote = (note: string, job: { id: string; name: string }) =>
      log.warn({ cluster: cluster.name, job: job.id, name: job.name }, note);
    const reconciler = new Reconciler({
      cluster,
      store,
      changes,
      now,
      adopt: (job, signal) => adoptJob(job, cluster, { store, changes, apps, namePrefix, now, onNote }, signal),
      isAnswering: (id) => this.#prober.isAnswering(id),
      onError,
    });
    const watcher = new Watcher({
      cluster,
      namePrefix,
      now,
      pace,
      accounts: async () => {
        const users = await store.usersOfOpen(cluster.name);
        return [...new Set([...users.map((user) => cluster.transport.accountOf(user)), userInfo().username])];
      },
      isBusy: () => this.#busyness.isBusy(cluster.name),
      onNews: (news, signal) => reconciler.take(news, signal),
      onError,
    });
    this.#reconcilers.set(cluster.name, reconciler);
    this.#watchers.set(cluster.name, watcher);
  }

  #createConductor(signal: AbortSignal): Conductor {
    const { store, changes, clusters, lines, now, jobContext, log, pendingTimeoutMs, startTimeoutMs } = this.#options;
    return new Conductor(
      {
        store,
        changes,
        clusters,
        lines,
        now,
        context: jobContext,
        prober: this.#prober,
        kick: (cluster) => this.kick(cluster),
        onCancelled: (row) => this.#reconcilers.get(row.cluster)?.noteCancelled(row.id),
        whenReconciled: async (cluster, waitSignal) => this.#reconcilers.get(cluster)?.whenReconciled(waitSignal),
        comparedAt: (cluster) => this.#reconcilers.get(cluster)?.comparedAt ?? null,
        pendingTimeoutMs,
        startTimeoutMs,
        onError: (error, session) => log.warn({ session, err: error }, "a step of a session failed; it will be tried again"),
      },
      signal,
    );
  }
}
