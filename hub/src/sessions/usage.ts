/** Accounting's figures of an ended job -> what people see of them, and what to ask for next time. Pure. */
import { formatBytes } from "@fairway/contract/describe-session.ts";
import type { Usage } from "@fairway/contract/sessions.ts";
import type { JobUsage } from "../schedulers/facts.ts";

const GB = 2 ** 30;
/** A look at something for a minute proves no waste, and starting up is no measure of the work. */
const SHORTEST_FOR_HINT_SECONDS = 60;
const SHORTEST_FOR_CPU_HINT_SECONDS = 300;

/** Null: it has used nothing that could be told (it never ran). */
export function toUsage(job: JobUsage): Usage | null {
  if (job.elapsedSeconds <= 0) return null;
  const { elapsedSeconds, cpuSeconds, maxMemoryBytes, gpuFraction } = job;
  const cpuFraction = divide(cpuSeconds, elapsedSeconds * job.allocatedCpus);
  const memoryFraction = divide(maxMemoryBytes, job.requestedMemoryBytes);
  const usage = { elapsedSeconds, cpuSeconds, cpuFraction, maxMemoryBytes, memoryFraction, gpuFraction };
  return { ...usage, hint: hintOf(job, cpuFraction, memoryFraction) };
}

function hintOf(job: JobUsage, cpuFraction: number | null, memoryFraction: number | null): string | null {
  const hints = [hintOfMemory(job, memoryFraction), hintOfCpus(job, cpuFraction), hintOfGpus(job)].filter((hint) => hint !== null);
  return hints.length === 0 ? null : hints.join(" ");
}

function hintOfMemory(
  { maxMemoryBytes: used, requestedMemoryBytes: asked, elapsedSeconds }: JobUsage,
  fraction: number | null,
): string | null {
  if (used === null || asked === null || fraction === null) return null;
  if (fraction > 0.9) return `It used nearly all of its memory (${formatSize(used)} of ${formatSize(asked)}): ask for more next time.`;
  const isWaste = elapsedSeconds >= SHORTEST_FOR_HINT_SECONDS && asked >= GB && used > 0 && asked >= 4 * used;
  // Half as much again as it needed, in whole GB.
  const enough = Math.max(1, Math.ceil((used * 1.5) / GB)) * GB;
  if (!isWaste || enough >= asked) return null;
  return `It used at most ${formatSize(used)} of its ${formatSize(asked)} of memory: ${formatSize(enough)} would have been enough.`;
}

function hintOfCpus({ allocatedCpus, elapsedSeconds }: JobUsage, fraction: number | null): string | null {
  if (fraction === null || fraction >= 0.2 || allocatedCpus < 2 || elapsedSeconds <= SHORTEST_FOR_CPU_HINT_SECONDS) return null;
  const enough = Math.max(1, Math.ceil(fraction * allocatedCpus * 1.5));
  return `Its ${allocatedCpus} cores were busy ${percent(fraction)} of the time: ${enough === 1 ? "1 core" : `${enough} cores`} would have done.`;
}

function hintOfGpus({ gpuFraction, elapsedSeconds }: JobUsage): string | null {
  if (gpuFraction === null || gpuFraction >= 0.1 || elapsedSeconds < SHORTEST_FOR_HINT_SECONDS) return null;
  return `Its GPU was busy ${percent(gpuFraction)} of the time: take one only for what computes on it.`;
}

const divide = (part: number | null, whole: number | null) => (part === null || whole === null || whole <= 0 ? null : part / whole);
const percent = (fraction: number) => (fraction < 0.01 ? "less than 1 %" : `${Math.round(fraction * 100)} %`);
/** Measured bytes are never round: whole MB, or GB with one digit. */
const formatSize = (bytes: number) =>
  formatBytes(bytes >= GB ? Math.round((bytes / GB) * 10) * (GB / 10) : Math.ceil(bytes / 2 ** 20) * 2 ** 20);
