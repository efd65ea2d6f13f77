/** Rules and present of a cluster like the testbed's: two plain nodes and one with GPUs, people with and without accounts. */
import type { Association, NodeFacts, PartitionFacts, Present, QosFacts, QueuedJob, Rules } from "../../schedulers/facts.ts";

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const HOUR = 3600;

export function makePartition(changes: Partial<PartitionFacts> & { name: string }): PartitionFacts {
  return {
    isDefault: false,
    state: "UP",
    maxTimeSeconds: 24 * HOUR,
    defaultTimeSeconds: HOUR,
    maxNodes: null,
    maxCpusPerNode: null,
    maxMemoryPerNodeBytes: null,
    maxMemoryPerCpuBytes: null,
    defaultMemoryPerNodeBytes: null,
    defaultMemoryPerCpuBytes: 1000 * MIB,
    allowAccounts: null,
    denyAccounts: [],
    allowQos: null,
    denyQos: [],
    allowGroups: null,
    qos: null,
    isPreemptable: false,
    needsReservation: false,
    ...changes,
  };
}

export function makeAssociation(changes: Partial<Association> & { user: string; account: string }): Association {
  return {
    partition: null,
    isDefaultAccount: true,
    qos: ["normal", "limited", "long", "capped"],
    defaultQos: "normal",
    maxWallSeconds: null,
    maxTresPerJob: {},
    maxJobs: null,
    maxSubmitJobs: null,
    ...changes,
  };
}

export function makeQos(changes: Partial<QosFacts> & { name: string }): QosFacts {
  return {
    maxWallSeconds: null,
    maxTresPerJob: {},
    maxTresPerUser: {},
    maxJobsPerUser: null,
    maxSubmitJobsPerUser: null,
    isDenyOnLimit: false,
    mayExceedPartitionTime: false,
    isBeforePartitionQos: false,
    ...changes,
  };
}

export function makeNode(changes: Partial<NodeFacts> & { name: string }): NodeFacts {
  const memory = { totalBytes: 32_000 * MIB, freeBytes: 32_000 * MIB };
  return { partitions: ["batch", "debug"], state: "idle", isUsable: true, cpus: { total: 16, free: 16 }, memory, gpus: [], ...changes };
}

export function makeQueuedJob(changes: Partial<QueuedJob> & { id: string }): QueuedJob {
  return { partitions: ["batch"], priority: 1000, reason: "Priority", expectedStart: null, ...changes };
}

/** carol has no association; bob has two accounts. */
export function sampleRules(changes: Partial<Rules> = {}): Rules {
  return {
    partitions: [
      makePartition({ name: "batch", isDefault: true }),
      makePartition({ name: "debug", maxTimeSeconds: HOUR / 2, defaultTimeSeconds: HOUR / 2 }),
      makePartition({ name: "gpu" }),
    ],
    associations: [
      makeAssociation({ user: "alice", account: "physics" }),
      makeAssociation({ user: "bob", account: "physics" }),
      makeAssociation({ user: "bob", account: "chemistry", isDefaultAccount: false }),
      makeAssociation({ user: "teacher", account: "class" }),
      makeAssociation({ user: "student01", account: "class" }),
    ],
    qos: [
      makeQos({ name: "normal" }),
      makeQos({ name: "limited", maxJobsPerUser: 1 }),
      makeQos({ name: "long", maxWallSeconds: 24 * HOUR, maxTresPerUser: { cpu: 8 } }),
      makeQos({ name: "capped", maxTresPerJob: { cpu: 2 }, maxWallSeconds: 600, isDenyOnLimit: true }),
    ],
    accountParents: { physics: "root", chemistry: "root", class: "root" },
    enforcesQos: true,
    reservations: [],
    ...changes,
  };
}

export function samplePresent(changes: Partial<Present> = {}): Present {
  return {
    nodes: [
      makeNode({ name: "c1" }),
      makeNode({
        name: "c2",
        state: "mixed",
        cpus: { total: 16, free: 4 },
        memory: { totalBytes: 32_000 * MIB, freeBytes: 20 * GIB },
      }),
      makeNode({ name: "c3", partitions: ["batch", "debug", "gpu"], gpus: [{ type: "a100", total: 2, free: 2 }] }),
    ],
    pending: [],
    ...changes,
  };
}
