/**
 * After a session has ended: finds out why (from its log) and what it used (from accounting), until there
 * is no more to find out. Everything it has to do stands in the rows, so whoever comes up next goes on.
 *
 * It asks sparingly: accounting once for all that have ended on a cluster, a log only after a bad end, one
 * after the other. What cannot be found out in time is left unknown; no session's state depends on it.
 */
import type { Ending, Usage } from "@fairway/contract/sessions.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { pause } from "../pause.ts";
import type { JobUsage } from "../schedulers/facts.ts";
import { SchedulerUnavailable } from "../schedulers/types.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionHistoryStore } from "../store/session-history.ts";
import type { SessionStore } from "../store/sessions.ts";
import { isBadEnd } from "./causes.ts";
import type { SessionChanges } from "./changes.ts";
import { describeEnding } from "./ending.ts";
import { readLogTail } from "./log-tail.ts";
import { toUsage } from "./usage.ts";

export interface SettlerOptions {
  readonly store: SessionStore;
  readonly history: SessionHistoryStore;
  readonly changes: SessionChanges;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
  readonly pace?: SettlerPace;
}

export interface SettlerPace {
  /** Between two rounds; several that end together are then asked about together. */
  readonly roundMs: number;
  /** A look without being told: another hub's sessions may have ended. */
  readonly quietMs: number;
  /** A job's last words may be a moment behind its end. */
  readonly logAfterMs: number;
  /** Accounting runs behind by some seconds, and is never asked more often; about the same job after twice as long each time, up to the last. */
  readonly usageAfterMs: number;
  readonly usageEveryMs: number;
}

const PACE: SettlerPace = { roundMs: 1000, quietMs: 30_000, logAfterMs: 1000, usageAfterMs: 4000, usageEveryMs: 60_000 };
/** So long accounting may take to know of an end; it has been asked at least once then. */
const USAGE_PATIENCE_MS = 10 * 60_000;
/** Nothing is found out about what ended before that: the cluster was away, or this is an old database. */
const GIVE_UP_MS = 24 * 3600_000;
const GIVE_UP_EVERY_MS = 10 * 60_000;
const BATCH = 200;
const LOG_TRIES = 4;
const LOG_AGAIN_MS = 5000;
/** A figure that its first answers lack will not come any more. */
const USAGE_TRIES = 3;

/** What was tried for a session; forgotten with us, and then tried anew. */
interface Tries {
  readonly cluster: string;
  logs: number;
  logAt: number;
  usages: number;
  usageAt: number;
}

export class Settler {
  readonly #options: SettlerOptions;
  readonly #pace: SettlerPace;
  readonly #tries = new Map<string, Tries>();
  /** When a cluster's accounting was asked last. */
  readonly #askedAt = new Map<string, number>();
  /** By cluster: something has ended there. */
  readonly #naps = new Map<string, AbortController>();

  constructor(options: SettlerOptions) {
    this.#options = options;
    this.#pace = options.pace ?? PACE;
  }

  /** Until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { changes, clusters } = this.#options;
    const stopListening = changes.onChange(({ row, from }) => {
      if (row.state === "ended" && from !== "ended") this.#naps.get(row.cluster)?.abort();
    });
    try {
      await this.#giveUpOld();
      // Each cluster by itself: one whose answers take their time keeps nobody of another waiting.
      await Promise.all([this.#keepGivingUp(signal), ...[...clusters.values()].map((cluster) => this.#follow(cluster, signal))]);
    } finally {
      stopListening();
    }
  }

  async #keepGivingUp(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(GIVE_UP_EVERY_MS, signal);
      if (!signal.aborted) await this.#giveUpOld();
    }
  }

  async #giveUpOld(): Promise<void> {
    const { clusters, history, now, onError } = this.#options;
    const old = { endedBeforeMs: now() - GIVE_UP_MS, clusters: [...clusters.keys()], at: now() };
    // Whatever it was, it is tried again.
    await history.settleWithout(old).catch(onError);
  }

  async #follow(cluster: Cluster, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const nap = new AbortController();
      this.#naps.set(cluster.name, nap);
      const hasMore = await this.#round(cluster, signal).catch((error: unknown) => {
        if (!signal.aborted) this.#options.onError(error);
        return false;
      });
      if (!hasMore) await pause(this.#pace.quietMs, AbortSignal.any([signal, nap.signal]));
      await pause(this.#pace.roundMs, signal);
    }
  }

  /** @returns whether there is something left to find out. */
  async #round(cluster: Cluster, signal: AbortSignal): Promise<boolean> {
    const unsettled = new Set(await this.#settleCluster(cluster, signal));
    for (const [id, tries] of this.#tries) if (tries.cluster === cluster.name && !unsettled.has(id)) this.#tries.delete(id);
    return unsettled.size > 0;
  }

  /** @returns the ids of those that are not settled yet. */
  async #settleCluster(cluster: Cluster, signal: AbortSignal): Promise<readonly string[]> {
    const { history } = this.#options;
    const rows = await history.unsettledOf(cluster.name, BATCH);
    const explained: SessionRow[] = [];
    for (const row of rows) {
      if (signal.aborted) return [];
      explained.push(row.ending === null && isBadEnd(row.reason ?? "lost") ? await this.#explain(row, cluster, signal) : row);
    }
    const settled = await this.#account(explained, cluster, signal);
    return rows.map(({ id }) => id).filter((id) => !settled.has(id));
  }

  /** Finds the cause of a bad end. @returns the row as it is afterwards. */
  async #explain(row: SessionRow, cluster: Cluster, signal: AbortSignal): Promise<SessionRow> {
    const { now } = this.#options;
    const tries = this.#triesOf(row);
    if (now() < tries.logAt) return row;
    const ending = await this.#findEnding(row, cluster, signal);
    if (ending === null) return row;
    return (await this.#note(row, { ending })) ?? row;
  }

  /** Null: its log cannot be read now; later. In the end what is known without its log must do. */
  async #findEnding(row: SessionRow, cluster: Cluster, signal: AbortSignal): Promise<Ending | null> {
    const tries = this.#triesOf(row);
    if (!hasRun(row)) return describeEnding(row, "");
    try {
      return describeEnding(row, await readLogTail(row, cluster, signal));
    } catch (error) {
      if (!(error instanceof SchedulerUnavailable)) throw error;
      if (signal.aborted) return null;
      tries.logs += 1;
      tries.logAt = this.#options.now() + LOG_AGAIN_MS * tries.logs;
      return tries.logs < LOG_TRIES || cluster.health.awaySince !== null ? null : describeEnding(row, "");
    }
  }

  /** Asks what they used, all in one question. @returns the ids of those about which nothing more can be found out. */
  async #account(rows: readonly SessionRow[], cluster: Cluster, signal: AbortSignal): Promise<ReadonlySet<string>> {
    const { now } = this.#options;
    const settled = new Set<string>();
    const settle = async (row: SessionRow, usage: Usage | null): Promise<void> => {
      if (await this.#settle(row, usage, cluster, signal)) settled.add(row.id);
    };
    const toAsk: SessionRow[] = [];
    for (const row of rows) {
      if (cluster.scheduler.insight === null || !hasRun(row) || jobIdOf(row) === null) await settle(row, null);
      else if (now() >= this.#triesOf(row).usageAt) toAsk.push(row);
    }
    // Where sessions end one after the other, the next question is for several of them.
    const isTooSoon = now() - (this.#askedAt.get(cluster.name) ?? 0) < this.#pace.usageAfterMs;
    if (toAsk.length === 0 || isTooSoon || signal.aborted) return settled;
    this.#askedAt.set(cluster.name, now());
    const answer = await this.#askUsage(toAsk, cluster, signal);
    if (answer === "away") return settled;
    const byJob = new Map(answer?.map((usage) => [usage.jobId, usage]));
    for (const row of toAsk) {
      const found = byJob.get(jobIdOf(row) ?? "");
      const tries = this.#triesOf(row);
      const isTooLate = now() - (row.endedAt ?? 0) >= USAGE_PATIENCE_MS;
      if (answer === null || isTooLate) await settle(row, found === undefined ? null : toUsage(found));
      else if (found !== undefined && (isWhole(found) || tries.usages >= USAGE_TRIES)) await settle(row, toUsage(found));
    }
    return settled;
  }

  /** Null: this site keeps no accounting. */
  async #askUsage(rows: readonly SessionRow[], cluster: Cluster, signal: AbortSignal): Promise<readonly JobUsage[] | null | "away"> {
    const { now, onError } = this.#options;
    const { usageAfterMs, usageEveryMs } = this.#pace;
    for (const tries of rows.map((row) => this.#triesOf(row))) {
      tries.usages += 1;
      tries.usageAt = now() + Math.min(usageAfterMs * 2 ** tries.usages, usageEveryMs);
    }
    const jobs = rows.map((row) => ({ id: jobIdOf(row) ?? "", name: row.jobName })).filter(({ id }) => id !== "");
    try {
      const options = { timeoutMs: cluster.config.command_timeout, signal };
      return (await cluster.scheduler.insight?.usage(cluster.transport.exec, jobs, options)) ?? null;
    } catch (error) {
      if (!(error instanceof SchedulerUnavailable)) throw error;
      if (!signal.aborted) onError(error);
      return "away";
    }
  }

  /** The last look: a cause that was not found may stand in what the job has written since. @returns whether it is done. */
  async #settle(row: SessionRow, usage: Usage | null, cluster: Cluster, signal: AbortSignal): Promise<boolean> {
    if (isBadEnd(row.reason ?? "lost") && row.ending === null) return false;
    const isOpenQuestion = row.ending?.cause === "unknown" && hasRun(row);
    const ending = isOpenQuestion ? ((await this.#findEnding(row, cluster, signal)) ?? row.ending) : row.ending;
    if (signal.aborted) return false;
    await this.#note(row, { ending, usage, settledAt: this.#options.now() });
    return true;
  }

  async #note(row: SessionRow, patch: Partial<Pick<SessionRow, "ending" | "usage" | "settledAt">>): Promise<SessionRow | null> {
    const updated = await this.#options.store.update(row.id, "ended", patch, null);
    const isNews = updated !== null && (patch.ending != null || patch.usage != null);
    if (isNews) this.#options.changes.announce({ row: updated, from: "ended" });
    return updated;
  }

  #triesOf(row: SessionRow): Tries {
    const endedAt = row.endedAt ?? 0;
    const fresh = {
      cluster: row.cluster,
      logs: 0,
      logAt: endedAt + this.#pace.logAfterMs,
      usages: 0,
      usageAt: endedAt + this.#pace.usageAfterMs,
    };
    const tries = this.#tries.get(row.id) ?? fresh;
    this.#tries.set(row.id, tries);
    return tries;
  }
}

const jobIdOf = (row: SessionRow) => row.jobId ?? row.enrolledJob;

/** Was there ever a process of it, as far as anybody knows? What was cancelled in the queue has no log and used nothing. */
const hasRun = (row: SessionRow) => row.enrolledAt !== null || (row.job?.startedAt ?? null) !== null || row.reason === "lost";

/** All that accounting usually tells. Steps are written a moment after their job. */
const isWhole = (usage: JobUsage) => usage.maxMemoryBytes !== null && usage.cpuSeconds !== null;
