/** What there is room for at this moment, by what each node has free. Pure; the scheduler's own word is better. */
import type { Resources } from "@fairway/contract/sessions.ts";
import type { PartitionFacts, Present, Rules } from "../schedulers/facts.ts";
import { fitsNow, nodesOf, toNeed } from "./fit.ts";

/** A node is free for it, and nobody waits in its partition who may be meant to have it. */
export function isRoomFor(resources: Resources, { partitions }: Rules, { nodes, pending }: Present): boolean {
  const partition = findPartition(partitions, resources.partition);
  if (partition === null || partition.state !== "UP") return false;
  if (pending.some((job) => job.partitions.includes(partition.name))) return false;
  return nodesOf(nodes, partition.name).some((node) => fitsNow(node, toNeed(resources, partition)));
}

/**
 * How long a trial lays a waiting job on whatever would come behind it in its partition: Slurm takes a node's
 * share of cores for its time limit, spread over all cores of the partition (_delayed_job_start_time in its
 * src/slurmctld/job_scheduler.c). In ms, with the minute that its division may have lost. 0: not known.
 */
export function toTrialDelayMs(resources: Resources, { partitions }: Rules, { nodes }: Present): number {
  const partition = findPartition(partitions, resources.partition);
  const seconds = resources.timeLimitSeconds ?? partition?.defaultTimeSeconds ?? partition?.maxTimeSeconds ?? null;
  const own = partition === null ? [] : nodesOf(nodes, partition.name);
  const cpus = own.reduce((sum, node) => sum + node.cpus.total, 0);
  if (seconds === null || cpus === 0) return 0;
  const minutes = (Math.floor(cpus / own.length) * Math.ceil(seconds / 60)) / cpus;
  return (Math.ceil(minutes) + 1) * 60_000;
}

/** `name` null: the cluster's default one. */
export function findPartition(partitions: readonly PartitionFacts[], name: string | null): PartitionFacts | null {
  return partitions.find((partition) => (name === null ? partition.isDefault : partition.name === name)) ?? null;
}
