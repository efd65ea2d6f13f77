/**
 * The one who asks a cluster about its jobs: one query for everybody, as seldom as will do.
 *
 * While something is starting or stopping it asks every few seconds, else rarely; a kick brings the
 * next query forward, never closer to the last than the least gap. It interprets nothing.
 */
import { pause } from "../pause.ts";
import { type Job, SchedulerUnavailable } from "../schedulers/types.ts";
import type { Cluster } from "./cluster.ts";

export interface JobNews {
  /** When the query was sent: whatever happened later is not in it. */
  readonly askedAt: number;
  readonly jobs: readonly Job[];
  /** Accounts whose jobs were not looked for, since nobody there could resolve them. */
  readonly unknownUsers: readonly string[];
  /** Everybody's jobs were asked for, not only those of people with open sessions. */
  readonly isComplete: boolean;
}

export interface WatcherPace {
  /** Between queries while something is starting, stopping or was just sent. */
  readonly busyMs: number;
  /** Between queries while all is quiet. */
  readonly quietMs: number;
  /** Two queries are never closer than this. */
  readonly leastGapMs: number;
}

/**
 * Each squeue is two calls of the controller (jobs, partitions): at most 27 calls a minute, and 5 when all
 * is quiet (the watcher bench counts them). A job's own calls are faster than both.
 */
export const DEFAULT_PACE: WatcherPace = { busyMs: 4500, quietMs: 25_000, leastGapMs: 4500 };

export interface WatcherOptions {
  readonly cluster: Cluster;
  readonly namePrefix: string;
  readonly now: () => number;
  readonly pace?: WatcherPace;
  /** Accounts with open sessions, and our own, so that there is always somebody to ask for. */
  readonly accounts: () => Promise<readonly string[]>;
  readonly isBusy: () => boolean;
  readonly onNews: (news: JobNews, signal: AbortSignal) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export class Watcher {
  readonly #options: WatcherOptions;
  readonly #pace: WatcherPace;
  #wake = new AbortController();
  #firstDone = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#pace = options.pace ?? DEFAULT_PACE;
  }

  /** Something happened that the cluster can tell more about: ask soon. */
  kick(): void {
    this.#wake.abort();
  }

  /** Asks until aborted. The first query is for everybody's jobs, to find what our database does not know. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wake = new AbortController();
      // Durations by the clock that nobody sets: when the other jumps, the watch goes on at its pace.
      const startedAt = performance.now();
      const news = await this.#ask(signal);
      const took = news === null ? 0 : performance.now() - startedAt;
      if (news !== null) await this.#tell(news, signal);
      // A slow controller is asked less: five times the last duration, at the least.
      await this.#pause(Math.max(this.#pace.leastGapMs - took, took * 5), signal, null);
      const rest = (this.#options.isBusy() ? this.#pace.busyMs : this.#pace.quietMs) - (performance.now() - startedAt);
      await this.#pause(rest, signal, this.#wake.signal);
    }
  }

  /** @returns null when there was no answer; that is the cluster's health, and says nothing about any job. */
  async #ask(signal: AbortSignal): Promise<JobNews | null> {
    const { cluster, namePrefix, now, onError } = this.#options;
    try {
      const accounts = this.#firstDone ? await this.#options.accounts() : null;
      const askedAt = now();
      const options = { timeoutMs: cluster.config.command_timeout, signal };
      const list = await cluster.scheduler.list(cluster.transport.exec, { namePrefix, users: accounts }, options);
      cluster.noteAnswer(now());
      return { askedAt, ...list, isComplete: accounts === null };
    } catch (error) {
      if (signal.aborted) return null;
      if (error instanceof SchedulerUnavailable) cluster.noteSilence(now(), error.detail);
      // Whatever it was, the next round asks again.
      onError(error);
      return null;
    }
  }

  /** What becomes of the news is no matter of the cluster's: it has answered. */
  async #tell(news: JobNews, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.onNews(news, signal);
      this.#firstDone = true;
    } catch (error) {
      if (!signal.aborted) this.#options.onError(error);
    }
  }

  async #pause(ms: number, signal: AbortSignal, wake: AbortSignal | null): Promise<void> {
    if (ms <= 0 || wake?.aborted) return;
    const either = wake === null ? signal : AbortSignal.any([signal, wake]);
    await pause(ms, either);
  }
}
