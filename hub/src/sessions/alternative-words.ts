/** One shape beside another: what is different, in words, and how far that is from what was wanted. Pure. */
import { formatBytes, formatDuration } from "@fairway/contract/describe-session.ts";
import type { Resources } from "@fairway/contract/sessions.ts";
import { countOf } from "../clusters/limits.ts";

/** A change of kind weighs more than any change of size. */
const PER_CHANGE = 1000;
/** To do without is more than to have less. */
const WITHOUT = 10;

export function describeChanges(before: Resources, after: Resources, partition: string): { line: string; distance: number } {
  const sizes = [
    less(before.cpus, after.cpus, (cpus) => countOf(cpus, "core"), String),
    less(before.memoryBytes, after.memoryBytes, formatBytes),
    less(before.gpus?.count ?? 0, after.gpus?.count ?? 0, (gpus) => (gpus === 0 ? "no GPU" : countOf(gpus, "GPU")), String),
  ].filter((part) => part !== null);
  const time = less(before.timeLimitSeconds, after.timeLimitSeconds, formatDuration);
  const isElsewhere = before.partition !== after.partition;
  const where = isElsewhere ? `on ${partition}${time === null ? "" : ` (at most ${formatDuration(after.timeLimitSeconds ?? 0)})`}` : null;
  const words = [...sizes.map(({ line }) => line), where ?? time?.line ?? null].filter((part) => part !== null).join(", ");
  const changes = [...sizes, ...(time === null ? [] : [time])];
  const taken = changes.reduce((sum, { taken: part }) => sum + part, 0);
  return {
    line: `${words.charAt(0).toUpperCase()}${words.slice(1)}`,
    distance: (changes.length + (isElsewhere ? 1 : 0)) * PER_CHANGE + taken,
  };
}

/** `formatAgain`: the unit is not said twice. */
function less(before: number | null, after: number | null, format: (value: number) => string, formatAgain = format) {
  if (before === null || after === null || before === after) return null;
  return { line: `${format(after)} instead of ${formatAgain(before)}`, taken: after === 0 ? WITHOUT : Math.log2(before / after) };
}
