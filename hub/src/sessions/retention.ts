/**
 * Forgets sessions that ended long ago, once a day, a few at a time. The audit log stays; so do the logs
 * in people's home directories, which are theirs.
 */
import { pause } from "../pause.ts";
import type { SessionHistoryStore } from "../store/session-history.ts";

export interface RetentionOptions {
  readonly history: SessionHistoryStore;
  readonly keepMs: number;
  readonly now: () => number;
  /** How many were forgotten. */
  readonly onForgotten: (count: number) => void;
  readonly onError: (error: unknown) => void;
  readonly pace?: { readonly everyMs: number; readonly gapMs: number };
}

const PACE = { everyMs: 24 * 3600_000, gapMs: 200 };
const BATCH = 200;

/** Until aborted. The first time at once: a hub that is restarted every day must not keep everything. */
export async function runRetention(options: RetentionOptions, signal: AbortSignal): Promise<void> {
  const { onForgotten, onError, pace = PACE } = options;
  while (!signal.aborted) {
    try {
      const count = await forgetOld(options, pace.gapMs, signal);
      if (count > 0) onForgotten(count);
    } catch (error) {
      onError(error);
    }
    await pause(pace.everyMs, signal);
  }
}

/** Others get their turn at the database in between. */
async function forgetOld({ history, keepMs, now }: RetentionOptions, gapMs: number, signal: AbortSignal): Promise<number> {
  let count = 0;
  while (!signal.aborted) {
    const forgotten = await history.forget({ endedBeforeMs: now() - keepMs, limit: BATCH });
    count += forgotten;
    if (forgotten < BATCH) break;
    await pause(gapMs, signal);
  }
  return count;
}
