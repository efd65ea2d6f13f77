/** What an ended session used of what it had, as accounting tells it, in words and as shares. Pure. */
import { formatBytes, formatDuration } from "@fairway/contract/describe-session.ts";
import type { Resources, Usage } from "@fairway/contract/sessions.ts";

export interface UsageLine {
  readonly label: string;
  /** "3.1 GB of 16 GB" */
  readonly text: string;
  /** 0 to 1; null where there is nothing to compare with. */
  readonly fraction: number | null;
}

/** A line for each figure that is known. */
export function toUsageLines(usage: Usage, resources: Resources): readonly UsageLine[] {
  const { elapsedSeconds, cpuSeconds, cpuFraction, maxMemoryBytes, memoryFraction, gpuFraction } = usage;
  const { timeLimitSeconds, memoryBytes, gpus, cpus } = resources;
  const lines: (UsageLine | null)[] = [
    {
      label: "Time",
      text: `${formatDuration(elapsedSeconds)}${timeLimitSeconds === null ? "" : ` of ${formatDuration(timeLimitSeconds)}`}`,
      fraction: timeLimitSeconds === null ? null : elapsedSeconds / timeLimitSeconds,
    },
    cpuSeconds === null
      ? null
      : {
          label: "CPU",
          text: `${formatDuration(cpuSeconds)} of ${formatDuration(elapsedSeconds * cpus)} on ${cpus} ${cpus === 1 ? "core" : "cores"}`,
          fraction: cpuFraction,
        },
    maxMemoryBytes === null
      ? null
      : {
          label: "Memory",
          text: `at most ${formatBytes(toCoarse(maxMemoryBytes))}${memoryBytes === null ? "" : ` of ${formatBytes(memoryBytes)}`}`,
          fraction: memoryFraction,
        },
    gpuFraction === null
      ? null
      : { label: "GPU", text: gpus === null ? "in use" : `${gpus.count} × ${gpus.type ?? "GPU"}`, fraction: gpuFraction },
  ];
  return lines.filter((line) => line !== null);
}

/** Below a megabyte nobody compares. */
function toCoarse(bytes: number): number {
  return bytes < 1024 ** 2 ? bytes : Math.round(bytes / 1024 ** 2) * 1024 ** 2;
}

/** "27 %"; "–" where it is not known. */
export function toPercent(fraction: number | null): string {
  if (fraction === null) return "–";
  return fraction > 0 && fraction < 0.01 ? "under 1 %" : `${Math.round(fraction * 100)} %`;
}
