/**
 * What the cluster would refuse at once, or take and never start, said before anything is sent: each
 * with the field, the limit and who sets it. Pure. It refuses nothing that it is not sure of.
 */
import { formatBytes } from "@fairway/contract/describe-session.ts";
import type { Resources } from "@fairway/contract/sessions.ts";
import type { Association, NodeFacts, PartitionFacts, QosFacts, Rules } from "../schedulers/facts.ts";
import {
  allowedQos,
  associationsOf,
  defaultQosOf,
  findAssociation,
  fold,
  type Person,
  refuseAccount,
  refuseEverything,
  refusePartition,
  refuseQos,
  refuseReservation,
} from "./entitlements.ts";
import { countGpus, fitsOnEmpty, type Need, nodesOf, toNeed } from "./fit.ts";
import { countOf, findOverLimits } from "./limits.ts";
import type { Refusal } from "./types.ts";

export interface ClusterFacts {
  readonly rules: Rules;
  /** Null: not known, and nothing is refused for its size alone. */
  readonly nodes: readonly NodeFacts[] | null;
}

export function findRefusals({ rules, nodes }: ClusterFacts, person: Person, resources: Resources): readonly Refusal[] {
  const everything = refuseEverything(rules, person);
  if (everything !== null) return [{ field: "person", line: everything }];
  const partition = rules.partitions.find(({ name, isDefault }) =>
    resources.partition === null ? isDefault : name === resources.partition,
  );
  if (partition === undefined) return [{ field: "partition", line: describeNoPartition(resources.partition) }];
  const { qos, association, refusals } = settleAccount(rules, person, partition, resources);
  const need = toNeed(resources, partition);
  const qosFacts = (name: string | null): QosFacts | null =>
    name === null ? null : (rules.qos.find((candidate) => fold(candidate.name) === fold(name)) ?? null);
  const terms = { partition, partitionQos: qosFacts(partition.qos), qos: qosFacts(qos), association };
  return [
    ...toRefusals("partition", refusePartition(partition, person)),
    ...refusals,
    ...findReservationRefusals(rules, person, { partition, association }, resources),
    ...findOverLimits(terms, resources, need),
    ...(nodes === null ? [] : findTooLargeForNodes(nodes, partition, need)),
  ];
}

/** Account and QoS that the job would get, asked for or not, and what speaks against them in this partition. */
function settleAccount(rules: Rules, person: Person, partition: PartitionFacts, resources: Resources) {
  const own = associationsOf(rules, person);
  if (own === null) {
    const { qos } = resources;
    return { qos, association: null, refusals: toRefusals("qos", qos === null ? null : refuseQos(partition, qos)) };
  }
  const association = findAssociation(own, resources.account, partition.name);
  if (association === null) {
    return {
      qos: null,
      association,
      refusals: [{ field: "account", line: describeNoAccount(own, partition, resources.account) } as const],
    };
  }
  const qos = resources.qos ?? defaultQosOf(association);
  const account = refuseAccount(partition, association.account, rules);
  return {
    qos,
    association,
    refusals: [...toRefusals("account", account), ...toRefusals("qos", refuseQosOf(rules, association, partition, qos))],
  };
}

function refuseQosOf(rules: Rules, association: Association, partition: PartitionFacts, qos: string): string | null {
  const allowed = allowedQos(rules, association);
  if (allowed !== null && !allowed.some((name) => fold(name) === fold(qos))) {
    return `The account ${association.account} may not use the QoS ${qos}, only ${allowed.join(", ")}.`;
  }
  if (rules.qos.length > 0 && !rules.qos.some(({ name }) => fold(name) === fold(qos))) return `The cluster has no QoS ${qos}.`;
  return refuseQos(partition, qos);
}

function findReservationRefusals(
  rules: Rules,
  person: Person,
  { partition, association }: { partition: PartitionFacts; association: Association | null },
  { reservation: name }: Resources,
): readonly Refusal[] {
  if (name === null) {
    const line = `The partition ${partition.name} can only be used within a reservation; choose one.`;
    return partition.needsReservation ? [{ field: "reservation", line }] : [];
  }
  const reservation = rules.reservations.find((candidate) => candidate.name === name);
  if (reservation === undefined) return [{ field: "reservation", line: `The cluster has no reservation ${name}.` }];
  return toRefusals("reservation", refuseReservation(rules, reservation, person, association === null ? null : [association]));
}

/** Nodes that are down count: Slurm lets a job wait for them. */
function findTooLargeForNodes(nodes: readonly NodeFacts[], { name }: PartitionFacts, need: Need): readonly Refusal[] {
  const own = nodesOf(nodes, name);
  const most = (count: (node: NodeFacts) => number) => Math.max(0, ...own.map(count));
  const refusals: Refusal[] = [];
  const cpus = most((node) => node.cpus.total);
  if (need.cpus > cpus) refusals.push({ field: "cpus", line: describeMost(name, countOf(cpus, "core"), countOf(need.cpus, "core")) });
  const memory = most((node) => node.memory.totalBytes);
  if ((need.memoryBytes ?? 0) > memory) {
    refusals.push({ field: "memory", line: describeMost(name, formatBytes(memory), formatBytes(need.memoryBytes ?? 0)) });
  }
  if (need.gpus !== null) refusals.push(...findTooManyGpus(nodes, name, need.gpus));
  if (refusals.length > 0 || own.some((node) => fitsOnEmpty(node, need))) return refusals;
  const parts = [
    countOf(need.cpus, "core"),
    formatBytes(need.memoryBytes ?? 0),
    ...(need.gpus === null ? [] : [countOf(need.gpus.count, "GPU")]),
  ];
  return [{ field: need.gpus === null ? "memory" : "gpus", line: `No node of ${name} has ${parts.join(" and ")} together.` }];
}

function findTooManyGpus(nodes: readonly NodeFacts[], partition: string, { type, count }: NonNullable<Need["gpus"]>): readonly Refusal[] {
  const own = nodesOf(nodes, partition);
  const most = (of: string | null) => Math.max(0, ...own.map((node) => countGpus(node, of, "total")));
  if (most(null) === 0) {
    const others = [...new Set(nodes.filter((node) => node.gpus.some(({ total }) => total > 0)).flatMap((node) => node.partitions))];
    const where = others.length === 0 ? "" : ` Choose ${others.sort().join(" or ")} for GPUs.`;
    return [{ field: "gpus", line: `No node of ${partition} has a GPU.${where}` }];
  }
  if (type !== null && most(type) === 0) {
    const types = [...new Set(own.flatMap((node) => node.gpus.map((gpu) => gpu.type ?? "no type")))];
    return [{ field: "gpu_type", line: `No node of ${partition} has GPUs of the type ${type}; there are: ${types.sort().join(", ")}.` }];
  }
  const what = type === null ? "GPU" : `${type} GPU`;
  return count <= most(type) ? [] : [{ field: "gpus", line: describeMost(partition, countOf(most(type), what), countOf(count, what)) }];
}

const describeMost = (partition: string, most: string, asked: string) =>
  `No node of ${partition} has more than ${most}; you asked for ${asked}.`;

function describeNoPartition(name: string | null): string {
  return name === null ? "The cluster has no default partition; choose one." : `The cluster has no partition ${name}.`;
}

function describeNoAccount(own: readonly Association[], partition: PartitionFacts, account: string | null): string {
  const names = [...new Set(own.filter((row) => row.partition === null || row.partition === partition.name).map((row) => row.account))];
  if (names.length === 0) return `None of your accounts may be used in the partition ${partition.name}.`;
  if (account === null) return `Your default account may not be used in the partition ${partition.name}; choose ${names.join(" or ")}.`;
  return `You may not use the account ${account} in the partition ${partition.name}, only ${names.join(" or ")}.`;
}

function toRefusals(field: Refusal["field"], line: string | null): readonly Refusal[] {
  return line === null ? [] : [{ field, line }];
}
