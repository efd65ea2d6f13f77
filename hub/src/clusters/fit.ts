/** What a job takes of a node, and which nodes have it: in all, or free at the moment. Pure. */
import type { Resources } from "@fairway/contract/sessions.ts";
import type { NodeFacts, PartitionFacts } from "../schedulers/facts.ts";

/** Of one node: every session of ours runs on one. */
export interface Need {
  readonly cpus: number;
  /** Null: not known; it may be the whole node's. */
  readonly memoryBytes: number | null;
  readonly gpus: Resources["gpus"];
}

/** With the partition's defaults, and the cores that Slurm adds where memory is bound to cores. */
export function toNeed({ cpus, memoryBytes, gpus }: Resources, partition: PartitionFacts): Need {
  const { defaultMemoryPerNodeBytes: perNode, defaultMemoryPerCpuBytes: perCpu, maxMemoryPerCpuBytes: maxPerCpu } = partition;
  if (memoryBytes === null) return { cpus, memoryBytes: perCpu === null ? perNode : perCpu * cpus, gpus };
  return { cpus: maxPerCpu === null ? cpus : Math.max(cpus, Math.ceil(memoryBytes / maxPerCpu)), memoryBytes, gpus };
}

export function nodesOf(nodes: readonly NodeFacts[], partition: string): readonly NodeFacts[] {
  return nodes.filter((node) => node.partitions.includes(partition));
}

/** GPUs of this type (null: of any) that a node has. */
export function countGpus(node: NodeFacts, type: string | null, which: "total" | "free"): number {
  return node.gpus.filter((gpu) => type === null || gpu.type === type).reduce((sum, gpu) => sum + gpu[which], 0);
}

/** Could it ever run there, were the node empty? */
export function fitsOnEmpty(node: NodeFacts, need: Need): boolean {
  const { cpus, memoryBytes, gpus } = need;
  return (
    cpus <= node.cpus.total &&
    (memoryBytes ?? 0) <= node.memory.totalBytes &&
    (gpus === null || gpus.count <= countGpus(node, gpus.type, "total"))
  );
}

/** Is there room for it now? Only a yes that is sure is one. */
export function fitsNow(node: NodeFacts, need: Need): boolean {
  const { cpus, memoryBytes, gpus } = need;
  return (
    node.isUsable &&
    cpus <= node.cpus.free &&
    (memoryBytes ?? node.memory.totalBytes) <= node.memory.freeBytes &&
    (gpus === null || gpus.count <= countGpus(node, gpus.type, "free"))
  );
}
