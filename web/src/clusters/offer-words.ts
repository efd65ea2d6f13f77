/** What a cluster offers, in words. Pure. */

import type { PartitionOffer } from "@fairway/contract/clusters.ts";
import { formatBytes, formatDuration } from "@fairway/contract/describe-session.ts";

/** "12 of 64" */
export function toFree(free: number, total: number): string {
  return `${free} of ${total}`;
}

/** "3 of 4 a100, 0 of 2 v100"; "" without any. */
export function toGpuText(gpus: PartitionOffer["gpus"]): string {
  return gpus.map(({ type, free, total }) => `${toFree(free, total)}${type === null ? "" : ` ${type}`}`).join(", ");
}

/** "120 of 512 GB": whole gigabytes are what people compare. */
export function toMemoryText({ freeBytes, totalBytes }: PartitionOffer["memory"]): string {
  const gigabytes = (bytes: number) => Math.floor(bytes / 1024 ** 3);
  if (gigabytes(totalBytes) < 1) return `${formatBytes(freeBytes)} of ${formatBytes(totalBytes)}`;
  return `${toFree(gigabytes(freeBytes), gigabytes(totalBytes))} GB`;
}

export function toTimeText({ maxTimeSeconds }: Pick<PartitionOffer, "maxTimeSeconds">): string {
  return maxTimeSeconds === null ? "no limit" : formatDuration(maxTimeSeconds);
}

/** "3 of 4 up, 1 idle" */
export function toNodeText({ total, up, idle }: PartitionOffer["nodes"]): string {
  return `${toFree(up, total)} up, ${idle} idle`;
}
