/**
 * Holds what a cluster says against our open sessions: matches, finds again what was sent and not
 * answered, and asks accounting about what the queue no longer shows.
 *
 * Invariant: no session is ended, and nothing is sent twice, on the strength of not having been told.
 */
import type { SessionState } from "@fairway/contract/states.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { JobNews } from "../clusters/watcher.ts";
import type { Job } from "../schedulers/types.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import { isNews, type SessionChanges } from "./changes.ts";

export interface ReconcilerOptions {
  readonly cluster: Cluster;
  readonly store: SessionStore;
  readonly changes: SessionChanges;
  readonly now: () => number;
  /** A job of ours that no row knows: take it in. */
  readonly adopt: (job: Job, signal: AbortSignal) => Promise<void>;
  /** Did its app, known by its key, answer when it was last probed? */
  readonly isAnswering: (sessionId: string) => boolean;
  readonly onError: (error: unknown) => void;
}

/** Between "no submission is under way" and "then nothing was submitted": what was accepted shows by then. */
const SETTLE_MS = 3000;
/** Accounting is asked about the same silent job at most this often. */
const HISTORY_EVERY_MS = 10_000;
/** With no accounting, a job missing for so long from a queue that shows others is lost. */
const LOST_AFTER_MS = 120_000;

export class Reconciler {
  readonly #options: ReconcilerOptions;
  /** Since when a session's job has been missing from the queue, and when accounting was last asked. */
  readonly #missing = new Map<string, { since: number; historyAt: number }>();
  /** Since when no submission of it is under way any more. */
  readonly #quietSince = new Map<string, number>();
  /** Since when the cluster knows that a session's job is to end. Forgotten with us: a stop is then asked for again. */
  readonly #cancelledAt = new Map<string, number>();
  #reconciled = Promise.withResolvers<void>();
  #comparedAt: number | null = null;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Resolves when the first answer of the cluster has been compared with the rows. */
  async whenReconciled(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([this.#reconciled.promise, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** When the last answer that was compared with the rows was asked for. */
  get comparedAt(): number | null {
    return this.#comparedAt;
  }

  /** The cluster has been told to end this session's job, and took it. */
  noteCancelled(sessionId: string): void {
    if (!this.#cancelledAt.has(sessionId)) this.#cancelledAt.set(sessionId, this.#options.now());
  }

  /** @throws when jobs that no row knows could not be taken in: everybody's must then be asked for again. */
  async take(news: JobNews, signal: AbortSignal): Promise<void> {
    const rows = await this.#options.store.openOfCluster(this.#options.cluster.name);
    const byName = Map.groupBy(news.jobs, (job) => job.name);
    const silent: SessionRow[] = [];
    const areCompared = await this.#each(rows, async (row) => {
      const job = byName.get(row.jobName)?.find((candidate) => this.#isOf(row, candidate));
      if (job !== undefined) await this.#seen(row, job, news.askedAt);
      else if (await this.#isMissing(row, news)) silent.push(row);
    });
    await this.#askHistory(silent, news, signal);
    this.#forgetClosed(rows);
    this.#comparedAt = news.askedAt;
    if (areCompared) this.#reconciled.resolve();
    if (news.isComplete) await this.#adoptUnknown(news.jobs, signal);
  }

  /** One after the other; one that fails holds up no other. @returns whether all that wait to be sent were done. */
  async #each(rows: readonly SessionRow[], work: (row: SessionRow) => Promise<void>): Promise<boolean> {
    let areDone = true;
    for (const row of rows) {
      try {
        await work(row);
      } catch (error) {
        if (row.state === "requested") areDone = false;
        this.#options.onError(new Error(`session ${row.id} could not be compared with the queue`, { cause: error }));
      }
    }
    return areDone;
  }

  /** A name alone proves nothing: anybody may call a job anything. Its owner must be the one we sent it as. */
  #isOf(row: SessionRow, job: Job): boolean {
    return job.user === this.#options.cluster.transport.accountOf(row.user) && (row.jobId === null || row.jobId === job.id);
  }

  async #seen(row: SessionRow, job: Job, askedAt: number): Promise<void> {
    this.#missing.delete(row.id);
    this.#quietSince.delete(row.id);
    const event = { kind: "job-seen", job, askedAt } as const;
    if (isNews(row, event, this.#options.now())) await this.#options.changes.apply(row.id, event);
  }

  /** Is there reason to ask accounting about it? Not while it was, or may yet be, sent after the question. */
  async #isMissing(row: SessionRow, { askedAt, isComplete, unknownUsers }: JobNews): Promise<boolean> {
    const { now, cluster } = this.#options;
    if (unknownUsers.includes(cluster.transport.accountOf(row.user))) {
      // Nobody asked about its job: how long it has been missing begins anew.
      this.#missing.delete(row.id);
      this.#quietSince.delete(row.id);
      return false;
    }
    // Never sent, as far as this database knows: but it may be a restored one, so look once, at our start.
    if (row.state === "requested") return isComplete;
    if (row.submitStartedAt !== null && row.submitStartedAt >= askedAt - SETTLE_MS) return false;
    if (row.jobId === null) {
      if (await cluster.transport.isSubmitting(row.jobName, row.submitStartedAt)) {
        this.#quietSince.delete(row.id);
        return false;
      }
      const quietSince = this.#quietSince.get(row.id) ?? now();
      this.#quietSince.set(row.id, quietSince);
      if (askedAt < quietSince + SETTLE_MS) return false;
    } else if (row.stateSince >= askedAt) return false;
    return this.#isDue(row);
  }

  #isDue(row: SessionRow): boolean {
    const now = this.#options.now();
    const entry = this.#missing.get(row.id) ?? { since: now, historyAt: Number.NEGATIVE_INFINITY };
    this.#missing.set(row.id, entry);
    if (now - entry.historyAt < HISTORY_EVERY_MS) return false;
    entry.historyAt = now;
    return true;
  }

  async #askHistory(rows: readonly SessionRow[], news: JobNews, signal: AbortSignal): Promise<void> {
    if (rows.length === 0) return;
    const { cluster, onError } = this.#options;
    const query = {
      jobIds: rows.flatMap((row) => (row.jobId === null ? [] : [row.jobId])),
      jobNames: rows.flatMap((row) => (row.jobId === null ? [row.jobName] : [])),
      sinceMs: Math.min(...rows.map((row) => row.createdAt)) - 60_000,
    };
    let past: readonly Job[] | null;
    try {
      past = await cluster.scheduler.history(cluster.transport.exec, query, { timeoutMs: cluster.config.command_timeout, signal });
    } catch (error) {
      // Accounting is away: that says nothing of any job. Asked again with later news.
      return onError(error);
    }
    await this.#each(rows, (row) => this.#judge(row, past, news));
  }

  async #judge(row: SessionRow, past: readonly Job[] | null, news: JobNews): Promise<void> {
    const job = past?.find((candidate) => candidate.name === row.jobName && this.#isOf(row, candidate));
    const { changes } = this.#options;
    // Accounting runs behind: only an end is news from there, or the id of a job whose answer was lost.
    if (job !== undefined && (isOver(job) || row.jobId === null)) {
      await changes.apply(row.id, { kind: "job-seen", job, askedAt: news.askedAt });
    } else if (row.jobId === null && row.enrolledAt === null) {
      await changes.apply(row.id, { kind: "not-submitted" }, (current) => current.jobId === null && sameTry(current, row));
    } else if (this.#isGone(row, job === undefined, news)) {
      await changes.apply(row.id, { kind: "job-gone" }, (current) => sameRun(current, row) && !this.#isAlive(current));
    }
  }

  /**
   * May absence count at last? A cluster that shows us no job at all may be hiding them
   * (PrivateData=jobs), and accounting that still believes in a job may be right: then only a stop,
   * which runs as the owner and succeeds on what is gone, ends the session.
   */
  #isGone(row: SessionRow, isUnknownToAccounting: boolean, news: JobNews): boolean {
    const now = this.#options.now();
    const isOld = (since: number | undefined) => since !== undefined && now - since >= LOST_AFTER_MS;
    if (!isOld(this.#missing.get(row.id)?.since)) return false;
    if (row.state === "stopping" && isOld(this.#cancelledAt.get(row.id))) return true;
    return isUnknownToAccounting && (this.#options.cluster.transport.actsAs === "service" || news.jobs.length > 0);
  }

  /** Who answers with a session's own key is that session, whatever a queue does not show. */
  #isAlive(row: SessionRow): boolean {
    return row.state === "ready" && this.#options.isAnswering(row.id);
  }

  /** Only at our start: jobs of ours that the database does not know, or believes to be over. */
  async #adoptUnknown(jobs: readonly Job[], signal: AbortSignal): Promise<void> {
    const { store, cluster, adopt } = this.#options;
    const failures: unknown[] = [];
    for (const job of jobs) {
      if (isOver(job)) continue;
      const row = await store.byJobName(job.name);
      const isUnknown = row === null || (row.state === "ended" && row.cluster === cluster.name && this.#isOf(row, job));
      if (isUnknown) await adopt(job, signal).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} jobs of ours could not be taken in`);
  }

  #forgetClosed(open: readonly SessionRow[]): void {
    const ids = new Set(open.map((row) => row.id));
    for (const map of [this.#missing, this.#quietSince, this.#cancelledAt]) {
      for (const id of map.keys()) if (!ids.has(id)) map.delete(id);
    }
  }
}

const OVER: readonly Job["state"][] = ["completed", "failed", "cancelled", "timeout", "out_of_memory", "node_fail", "preempted"];
const isOver = (job: Job) => OVER.includes(job.state);

/** It has not been sent again since we asked. */
const sameTry = (current: SessionRow, asked: SessionRow) =>
  current.submitAttempts === asked.submitAttempts && (["submitting", "stopping"] as SessionState[]).includes(current.state);

/** It has not been heard of since we asked. */
const sameRun = (current: SessionRow, asked: SessionRow) => current.jobId === asked.jobId && current.enrolledAt === asked.enrolledAt;
