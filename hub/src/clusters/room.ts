/** What there is room for at this moment, by what each node has free. Pure; the scheduler's own word is better. */
import type { Resources } from "@fairway/contract/sessions.ts";
import type { NodeFacts, PartitionFacts, Present, Rules } from "../schedulers/facts.ts";

/** What one node could take in now. */
export interface Room {
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Of the wanted type, or of any. */
  readonly gpus: number;
}

export function findPartition(rules: Rules | null, name: string | null): PartitionFacts | null {
  return rules?.partitions.find((partition) => (name === null ? partition.isDefault : partition.name === name)) ?? null;
}

/** The rooms on the nodes of a partition. */
export function roomsIn(present: Present, partition: PartitionFacts, gpuType: string | null): readonly Room[] {
  const limit = (free: number, most: number | null) => (most === null ? free : Math.min(free, most));
  return present.nodes
    .filter((node) => node.isUsable && node.partitions.includes(partition.name))
    .map((node) => ({
      cpus: limit(node.cpus.free, partition.maxCpusPerNode),
      memoryBytes: limit(node.memory.freeBytes, partition.maxMemoryPerNodeBytes),
      gpus: freeGpus(node, gpuType),
    }));
}

const freeGpus = (node: NodeFacts, type: string | null) =>
  node.gpus.filter((gpu) => type === null || gpu.type === type).reduce((sum, gpu) => sum + gpu.free, 0);

/** What the job gets when nothing is asked for: by the node or by the CPU. 0: not known. */
export function memoryOf({ memoryBytes, cpus }: Pick<Resources, "memoryBytes" | "cpus">, partition: PartitionFacts): number {
  return memoryBytes ?? partition.defaultMemoryPerNodeBytes ?? (partition.defaultMemoryPerCpuBytes ?? 0) * cpus;
}

/** A node is free for it, and nobody waits in its partition who could be meant to have it. */
export function fitsNow(present: Present, rules: Rules | null, resources: Resources): boolean {
  const partition = findPartition(rules, resources.partition);
  if (partition === null || partition.state !== "UP") return false;
  if (present.pending.some((job) => job.partitions.includes(partition.name))) return false;
  return roomsIn(present, partition, resources.gpus?.type ?? null).some((room) => isEnough(room, resources, partition));
}

export function isEnough(room: Room, resources: Resources, partition: PartitionFacts): boolean {
  const { cpus, gpus } = resources;
  return room.cpus >= cpus && room.memoryBytes >= memoryOf(resources, partition) && room.gpus >= (gpus?.count ?? 0);
}
