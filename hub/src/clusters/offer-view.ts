/** What a cluster has, what of it a person may use and what of that is free, as the API shows it. Pure. */
import type { ClusterOffer, PartitionOffer, QosOffer } from "@fairway/contract/clusters.ts";
import { formatDuration } from "@fairway/contract/describe-session.ts";
import type { NodeFacts, PartitionFacts, Present, QosFacts, Tres } from "../schedulers/facts.ts";
import type { Entitlements } from "./entitlements.ts";
import { nodesOf } from "./fit.ts";
import { countOf, wordsFor } from "./limits.ts";

/** `present` null: nothing is known of the nodes. */
export function toOffer(
  entitled: Entitlements,
  present: Present | null,
): Pick<ClusterOffer, "partitions" | "accounts" | "qos" | "reservations"> {
  return {
    partitions: entitled.partitions.map(({ facts, refusal }) => toPartition(facts, refusal, present)).toSorted(byUse),
    accounts: entitled.accounts.map((account) => ({ ...account, qos: [...account.qos] })),
    qos: entitled.qos.map(toQos),
    reservations: entitled.reservations.map(({ name, partition, startsAt, endsAt }) => ({ name, partition, startsAt, endsAt })),
  };
}

/** What can be used first, then the default; else as the cluster lists them. */
const byUse = (one: PartitionOffer, other: PartitionOffer) =>
  Number(one.refusal !== null) - Number(other.refusal !== null) || Number(other.isDefault) - Number(one.isDefault);

function toPartition(facts: PartitionFacts, refusal: string | null, present: Present | null): PartitionOffer {
  const nodes = nodesOf(present?.nodes ?? [], facts.name);
  // What is free on a node that takes no work is not free.
  const up = nodes.filter(({ isUsable }) => isUsable);
  const sum = (of: readonly NodeFacts[], count: (node: NodeFacts) => number) => of.reduce((total, node) => total + count(node), 0);
  const most = (count: (node: NodeFacts) => number) => Math.max(0, ...up.map(count));
  return {
    name: facts.name,
    isDefault: facts.isDefault,
    refusal,
    maxTimeSeconds: facts.maxTimeSeconds,
    defaultTimeSeconds: facts.defaultTimeSeconds,
    nodes: { total: nodes.length, up: up.length, idle: up.filter(({ cpus }) => cpus.free === cpus.total).length },
    cpus: {
      total: sum(nodes, ({ cpus }) => cpus.total),
      free: sum(up, ({ cpus }) => cpus.free),
      freeOnOneNode: most(({ cpus }) => cpus.free),
    },
    memory: {
      totalBytes: sum(nodes, ({ memory }) => memory.totalBytes),
      freeBytes: sum(up, ({ memory }) => memory.freeBytes),
      freeOnOneNodeBytes: most(({ memory }) => memory.freeBytes),
    },
    gpus: toGpus(nodes),
    pendingJobs: present === null ? null : present.pending.filter(({ partitions }) => partitions.includes(facts.name)).length,
  };
}

function toGpus(nodes: readonly NodeFacts[]): PartitionOffer["gpus"] {
  const all = nodes.flatMap(({ gpus, isUsable }) => gpus.map((gpu) => ({ ...gpu, free: isUsable ? gpu.free : 0 })));
  return [...Map.groupBy(all, ({ type }) => type)].map(([type, gpus]) => ({
    type,
    total: gpus.reduce((total, gpu) => total + gpu.total, 0),
    free: gpus.reduce((total, gpu) => total + gpu.free, 0),
  }));
}

function toQos({ name, ...qos }: QosFacts): QosOffer {
  const limits = [
    qos.maxWallSeconds === null ? null : `at most ${formatDuration(qos.maxWallSeconds)}`,
    ...describeTres(qos.maxTresPerJob, "a job"),
    ...describeTres(qos.maxTresPerUser, "a person"),
    qos.maxJobsPerUser === null ? null : `at most ${countOf(qos.maxJobsPerUser, "running job")} a person`,
    qos.maxSubmitJobsPerUser === null ? null : `at most ${countOf(qos.maxSubmitJobsPerUser, "job")} a person, waiting ones included`,
  ];
  return { name, limits: limits.filter((limit) => limit !== null) };
}

function describeTres(tres: Tres, each: string): string[] {
  return Object.entries(tres).flatMap(([key, limit]) => {
    const words = wordsFor(key);
    return words === null ? [] : [`at most ${words.format(limit)} ${each}`];
  });
}
