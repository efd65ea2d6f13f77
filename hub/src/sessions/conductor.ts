/**
 * Sees each open session through its life: one loop per session that does what its state asks for and
 * otherwise waits for a change. It may be ended at any line and begun again from the row alone.
 */
import type { Cluster } from "../clusters/cluster.ts";
import { CancelRefused, SchedulerUnavailable, SubmitRefused } from "../schedulers/types.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import type { SessionChanges } from "./changes.ts";
import { type JobContext, toJobRequest } from "./job-request.ts";
import type { Prober } from "./prober.ts";
import { isAwaitingNode } from "./state.ts";
import type { SubmitLines } from "./submit-line.ts";
import { Turns } from "./turns.ts";

export interface ConductorOptions {
  readonly store: SessionStore;
  readonly changes: SessionChanges;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly context: JobContext;
  readonly prober: Prober;
  readonly lines: SubmitLines;
  readonly now: () => number;
  /** Ask this cluster's queue soon. */
  readonly kick: (cluster: string) => void;
  /** Resolves once the cluster's first answer since our start has been compared with the rows. */
  readonly whenReconciled: (cluster: string, signal: AbortSignal) => Promise<void>;
  /** When the cluster was asked for the last answer that has been compared with the rows; null: none yet. */
  readonly comparedAt: (cluster: string) => number | null;
  /** The cluster took the wish to end this session's job (or said that there is none any more). */
  readonly onCancelled: (row: SessionRow) => void;
  readonly pendingTimeoutMs: (row: SessionRow) => number | null;
  readonly startTimeoutMs: (row: SessionRow) => number;
  readonly onError: (error: unknown, sessionId: string) => void;
}

/** A stop that the cluster has not carried out is asked for again after this. */
const STOP_AGAIN_MS = 30_000;
const AWAY_RETRY_MS = 5000;
const COMPARED_SOON_MS = 1000;
/** One that is refused, too, since somebody may let us again: then after this, and longer each time. */
const REFUSED_AGAIN_MS = 30_000;
const LONGEST_REFUSED_GAP_MS = 300_000;
const FOREVER_MS = 86_400_000;
const NEXT_SUBMIT_MS = 2000;
const LONGEST_SUBMIT_GAP_MS = 300_000;

export class Conductor {
  readonly #options: ConductorOptions;
  readonly #signal: AbortSignal;
  readonly #running = new Map<string, Promise<void>>();
  /** Cancellations have places of their own: a stop never waits for somebody's slow launch. */
  readonly #cancels = new Map<string, Turns>();
  /** Stops that were refused: how often, and when last. */
  readonly #refused = new Map<string, { times: number; at: number }>();
  readonly #startedAt: number;

  constructor(options: ConductorOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#startedAt = options.now();
    for (const [name, { config }] of options.clusters) this.#cancels.set(name, new Turns(config.submit_concurrency));
  }

  /** Begins (or goes on) with a session; once for each, however often it is called. */
  conduct(id: string): void {
    if (this.#running.has(id) || this.#signal.aborted) return;
    const life = this.#live(id).finally(() => this.#running.delete(id));
    this.#running.set(id, life);
  }

  async finished(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async #live(id: string): Promise<void> {
    const watch = this.#options.changes.watch(id);
    try {
      while (!this.#signal.aborted) {
        const row = watch.take() ?? (await this.#options.store.get(id));
        const cluster = row === null ? undefined : this.#options.clusters.get(row.cluster);
        if (row === null || row.state === "ended" || cluster === undefined) return;
        const waitMs = await this.#act(row, cluster);
        if (waitMs > 0) await watch.wait(waitMs, this.#signal);
      }
    } catch (error) {
      if (this.#signal.aborted) return;
      this.#options.onError(error, id);
      // A fault of ours (a full disk, a bug): the session's state is untouched, so try again later.
      await watch.wait(AWAY_RETRY_MS, this.#signal);
      setImmediate(() => this.conduct(id));
    } finally {
      this.#options.prober.forget(id);
      this.#refused.delete(id);
      watch.close();
    }
  }

  /** Does what the state asks for. @returns how long to wait for a change before looking again. */
  async #act(row: SessionRow, cluster: Cluster): Promise<number> {
    switch (row.state) {
      case "requested":
        return this.#submit(row, cluster);
      case "submitting":
      case "suspended":
        return FOREVER_MS;
      case "pending":
      case "held":
        return this.#waitInQueue(row, cluster);
      case "starting":
        return this.#awaitAnswer(row, cluster);
      case "ready":
      case "unreachable":
        return this.#options.prober.check(row, cluster, this.#signal);
      case "stopping":
        return this.#stop(row, cluster);
      case "ended":
        return FOREVER_MS;
    }
  }

  async #submit(row: SessionRow, cluster: Cluster): Promise<number> {
    const { changes, lines, whenReconciled } = this.#options;
    // A row from before our start may have been sent already (a backup was restored): look first.
    await whenReconciled(cluster.name, this.#signal);
    if (cluster.health.awaySince !== null) return AWAY_RETRY_MS;
    const gapMs = submitGapMs(row.submitAttempts);
    const leftMs = Math.min(gapMs, row.stateSince + gapMs - this.#options.now());
    if (leftMs > 0) return leftMs;
    await lines.to(cluster.name).send(row, this.#signal, async () => {
      let isOurs = false;
      const started = await changes.apply(row.id, { kind: "submit-started" }, (current) => {
        // Whoever finds it requested is the one who sends it: never two, not even two hubs on one database.
        isOurs = current.state === "requested";
        return isOurs;
      });
      if (started !== null && isOurs) await this.#send(started, cluster);
    });
    return 0;
  }

  async #send(row: SessionRow, cluster: Cluster): Promise<void> {
    const { changes, context, kick, onError } = this.#options;
    try {
      const jobId = await cluster.scheduler.submit(cluster.transport.actAs, toJobRequest(row, cluster, context), this.#call(cluster));
      await changes.apply(row.id, { kind: "submitted", jobId });
    } catch (error) {
      if (error instanceof SubmitRefused) await changes.apply(row.id, { kind: "submit-refused", detail: error.detail });
      else {
        // Not known whether anything was submitted: the reconciler finds out. Nothing is repeated here.
        onError(error, row.id);
        const detail = error instanceof SchedulerUnavailable ? error.detail : "Fairway could not send it; its log says why.";
        if (!this.#signal.aborted) await changes.apply(row.id, { kind: "submit-unanswered", detail });
      }
    }
    kick(cluster.name);
  }

  async #waitInQueue(row: SessionRow, cluster: Cluster): Promise<number> {
    const limitMs = this.#options.pendingTimeoutMs(row);
    if (limitMs === null) return FOREVER_MS;
    // A job that was requeued waits anew: the hours it has run were no waiting.
    const until = (row.restarts === 0 ? row.createdAt : row.stateSince) + limitMs;
    const leftMs = until - this.#options.now();
    if (leftMs > 0) return leftMs;
    // It may have started while we or the cluster were away: only what is still seen waiting has waited too long.
    const comparedAt = this.#options.comparedAt(cluster.name);
    if (comparedAt === null || comparedAt < until) return cluster.health.awaySince === null ? COMPARED_SOON_MS : AWAY_RETRY_MS;
    await this.#options.changes.apply(row.id, { kind: "stop-asked", reason: "pending_timeout" }, isInQueue);
    return 0;
  }

  async #awaitAnswer(row: SessionRow, cluster: Cluster): Promise<number> {
    // It can only be heard from when its node is there; then this is looked at again.
    if (isAwaitingNode(row)) return FOREVER_MS;
    // While we were away it could not enrol: that time is ours, not its.
    const since = Math.max(row.stateSince, this.#startedAt);
    const leftMs = since + this.#options.startTimeoutMs(row) - this.#options.now();
    if (leftMs <= 0) {
      await this.#options.changes.apply(row.id, { kind: "stop-asked", reason: "start_timeout" }, ({ state }) => state === "starting");
      return 0;
    }
    return Math.min(leftMs, await this.#options.prober.seek(row, cluster, this.#signal));
  }

  async #stop(row: SessionRow, cluster: Cluster): Promise<number> {
    // What the job itself said counts until the cluster tells: a wrong id is not this person's to cancel.
    const jobId = row.jobId ?? row.enrolledJob;
    // Not sent, or not known to be: the reconciler tells; then we come by here again.
    if (jobId === null) return FOREVER_MS;
    const leftMs = this.#refusedForMs(row.id);
    if (leftMs > 0) return leftMs;
    try {
      await this.#cancelsOf(cluster).take(row.user, this.#signal, () =>
        cluster.scheduler.cancel(cluster.transport.actAs, row.user, { id: jobId, name: row.jobName }, this.#call(cluster)),
      );
      this.#options.onCancelled(row);
      this.#options.kick(cluster.name);
      await this.#noteRefusal(row.id, null);
      return STOP_AGAIN_MS;
    } catch (error) {
      if (error instanceof CancelRefused) {
        this.#options.onError(error, row.id);
        await this.#noteRefusal(row.id, error.detail);
        return this.#refusedForMs(row.id);
      }
      if (!(error instanceof SchedulerUnavailable)) throw error;
      this.#options.onError(error, row.id);
      return AWAY_RETRY_MS;
    }
  }

  async #noteRefusal(id: string, refusal: string | null): Promise<void> {
    if (refusal === null) this.#refused.delete(id);
    else this.#refused.set(id, { times: (this.#refused.get(id)?.times ?? 0) + 1, at: this.#options.now() });
    await this.#options.changes.apply(id, { kind: "stop-sent", refusal });
  }

  /** How long a stop that was refused is not asked for again. */
  #refusedForMs(id: string): number {
    const refused = this.#refused.get(id);
    if (refused === undefined) return 0;
    const gapMs = Math.min(REFUSED_AGAIN_MS * 2 ** (refused.times - 1), LONGEST_REFUSED_GAP_MS);
    return Math.min(gapMs, refused.at + gapMs - this.#options.now());
  }

  #cancelsOf(cluster: Cluster): Turns {
    const turns = this.#cancels.get(cluster.name);
    if (turns === undefined) throw new Error(`no turns for cluster ${cluster.name}`);
    return turns;
  }

  #call(cluster: Cluster) {
    return { timeoutMs: cluster.config.command_timeout, signal: this.#signal };
  }
}

const isInQueue = ({ state }: SessionRow) => state === "pending" || state === "held";

/** Before the first submission none; then longer with each one that the cluster turned out not to have heard. */
function submitGapMs(attempts: number): number {
  return attempts === 0 ? 0 : Math.min(NEXT_SUBMIT_MS * 2 ** (attempts - 1), LONGEST_SUBMIT_GAP_MS);
}
