/** Where a job stands among the pending ones of its partition, from one list for everybody. Pure. */
import type { QueuedJob } from "../schedulers/facts.ts";

export interface QueuePlace {
  readonly partition: string | null;
  /** Null: it has no place at the moment (on hold, or waiting for something that is no job before it). */
  readonly ahead: number | null;
  readonly of: number | null;
  /** The scheduler's own plan. */
  readonly plannedStart: number | null;
  readonly reason: string | null;
}

/**
 * Jobs that wait for something else than their turn are ahead of nobody: held ones, those that wait for
 * another job or a time. The first word is the code: squeue may append details.
 */
const WAITS_FOR_ELSE = /^(JobHeld|Dependency|DependencyNeverSatisfied|BeginTime|Cleaning|launch failed)/i;

/** @returns the place of a job by its id; null for one that is not in this list. */
export function rankQueue(pending: readonly QueuedJob[]): (jobId: string) => QueuePlace | null {
  const byId = new Map(pending.map((job) => [job.id, job]));
  const lines = toLines(pending);
  return (jobId) => {
    const job = byId.get(jobId);
    if (job === undefined) return null;
    const { reason, expectedStart: plannedStart } = job;
    const places = job.partitions.flatMap((partition) => {
      const line = lines.get(partition);
      const ahead = line?.get(jobId);
      return line === undefined || ahead === undefined ? [] : [{ partition, ahead, of: line.size }];
    });
    // A job that may start in any of several partitions stands where it stands best.
    const best = places.reduce<(typeof places)[number] | null>(
      (first, place) => (first === null || place.ahead < first.ahead ? place : first),
      null,
    );
    return { partition: job.partitions[0] ?? null, ahead: null, of: null, ...best, plannedStart, reason };
  };
}

/** For each partition, how many are before each job. */
function toLines(pending: readonly QueuedJob[]): Map<string, Map<string, number>> {
  const lines = new Map<string, QueuedJob[]>();
  for (const job of pending) {
    if (job.reason !== null && WAITS_FOR_ELSE.test(job.reason)) continue;
    for (const partition of job.partitions) {
      const line = lines.get(partition) ?? [];
      line.push(job);
      lines.set(partition, line);
    }
  }
  return new Map(
    [...lines].map(([partition, jobs]) => {
      const positions = jobs.toSorted(byTurn).map((job, index) => [job.id, index] as const);
      return [partition, new Map(positions)];
    }),
  );
}

/** As Slurm orders them: by priority, then the older job first (its ids are numbers). */
const byTurn = (one: QueuedJob, other: QueuedJob) => other.priority - one.priority || Number(one.id) - Number(other.id);

const LEAST_SHIFT_MS = 60_000;

/** Would a person who was told the one thing notice the other? A start that moves by a little on a far-off date is no news. */
export function isNoticeable(told: ToldPlace | null, next: ToldPlace | null, now: number): boolean {
  if (told === null || next === null) return told !== next;
  if (told.ahead !== next.ahead || told.partition !== next.partition) return true;
  if (told.startsAt === null || next.startsAt === null) return told.startsAt !== next.startsAt;
  return Math.abs(told.startsAt - next.startsAt) > Math.max(LEAST_SHIFT_MS, (told.startsAt - now) / 10);
}

export interface ToldPlace {
  readonly partition: string | null;
  readonly ahead: number | null;
  readonly startsAt: number | null;
}
