/**
 * slurmctld looks for jobs to start once a second, on its own tick (its background loop), so a batch job
 * waits up to a second by luck alone. And luck it is not: what runs after a job's end runs in step with
 * that tick. So round k of n begins at k/n of a second of the clock, the same for all launchers; over a
 * run each meets every part of the tick once.
 */
export function msUntilPhase(nowMs: number, phase: number): number {
  return (phase * 1000 - (nowMs % 1000) + 1000) % 1000;
}
