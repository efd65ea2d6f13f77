/**
 * Limits on one job's size and time, as Slurm applies them: of the partition's QoS, the job's QoS and
 * the association, the first that sets a limit is the one that counts; the partition's own come on top. Pure.
 */
import { formatBytes, formatDuration } from "@fairway/contract/describe-session.ts";
import type { Resources } from "@fairway/contract/sessions.ts";
import type { Association, PartitionFacts, QosFacts, Tres } from "../schedulers/facts.ts";
import type { Need } from "./fit.ts";
import type { Refusal } from "./types.ts";

/** Where a job would go. Null: nothing is known of it, and it limits nothing. */
export interface Terms {
  readonly partition: PartitionFacts;
  readonly partitionQos: QosFacts | null;
  readonly qos: QosFacts | null;
  readonly association: Association | null;
}

interface Source {
  /** As the subject of "… allows at most". */
  readonly name: string;
  readonly maxWallSeconds: number | null;
  readonly maxTresPerJob: Tres;
  readonly maxTresPerUser: Tres;
  readonly allowsNoJobs: boolean;
}

export function findOverLimits(terms: Terms, resources: Resources, need: Need): Refusal[] {
  const sources = toSources(terms);
  return [...findClosed(sources), ...findTooLong(terms, sources, resources), ...findTooLarge(terms, sources, resources, need)];
}

function toSources({ partition, partitionQos, qos, association }: Terms): Source[] {
  const ofPartition =
    partitionQos === null ? [] : [fromQos(partitionQos, `The partition ${partition.name} (its QoS ${partitionQos.name})`)];
  const ofQos = qos === null ? [] : [fromQos(qos, `The QoS ${qos.name}`)];
  const ofAccount = association === null ? [] : [fromAssociation(association)];
  return [...(qos?.isBeforePartitionQos === true ? [...ofQos, ...ofPartition] : [...ofPartition, ...ofQos]), ...ofAccount];
}

function fromQos(qos: QosFacts, name: string): Source {
  return { ...qos, name, allowsNoJobs: qos.maxJobsPerUser === 0 || qos.maxSubmitJobsPerUser === 0 };
}

function fromAssociation(association: Association): Source {
  const { account, maxWallSeconds, maxTresPerJob, maxJobs, maxSubmitJobs } = association;
  const name = `The account ${account}`;
  return { name, maxWallSeconds, maxTresPerJob, maxTresPerUser: {}, allowsNoJobs: maxJobs === 0 || maxSubmitJobs === 0 };
}

function findClosed(sources: readonly Source[]): Refusal[] {
  return sources.filter(({ allowsNoJobs }) => allowsNoJobs).map(({ name }) => ({ field: "account", line: `${name} allows you no jobs.` }));
}

function findTooLong({ partition, qos }: Terms, sources: readonly Source[], resources: Resources): Refusal[] {
  const seconds = resources.timeLimitSeconds ?? partition.defaultTimeSeconds;
  if (seconds === null) return [];
  const asked =
    resources.timeLimitSeconds === null
      ? `a job in ${partition.name} that asks for no time gets ${formatDuration(seconds)}`
      : `you asked for ${formatDuration(seconds)}`;
  const governing = sources.find(({ maxWallSeconds }) => maxWallSeconds !== null);
  const limits = [
    { name: `The partition ${partition.name}`, limit: qos?.mayExceedPartitionTime === true ? null : partition.maxTimeSeconds },
    { name: governing?.name ?? "", limit: governing?.maxWallSeconds ?? null },
  ];
  return limits.flatMap(({ name, limit }): Refusal[] => {
    // Slurm counts whole minutes, and rounds up.
    if (limit === null || Math.ceil(seconds / 60) <= Math.floor(limit / 60)) return [];
    return [{ field: "time", line: `${name} allows at most ${formatDuration(limit)}; ${asked}.` }];
  });
}

function findTooLarge({ partition }: Terms, sources: readonly Source[], resources: Resources, need: Need): Refusal[] {
  const refusals: Refusal[] = [];
  const check = (key: string, limit: number | undefined | null, who: string, each: string) => {
    const words = wordsFor(key);
    const asked = askedOf(key, resources, need);
    if (words === null || asked === null || limit === undefined || limit === null || asked <= limit) return;
    refusals.push({
      field: words.field,
      line: `${who} allows at most ${words.format(limit)}${each}; you asked for ${words.format(asked)}.`,
    });
  };
  const who = `The partition ${partition.name}`;
  check("cpu", partition.maxCpusPerNode, who, " on a node");
  check("mem", partition.maxMemoryPerNodeBytes, who, " on a node");
  for (const [which, each] of [
    ["maxTresPerJob", " a job"],
    ["maxTresPerUser", " a person"],
  ] as const) {
    for (const key of new Set(sources.flatMap((source) => Object.keys(source[which])))) {
      const governing = sources.find((source) => source[which][key] !== undefined);
      check(key, governing?.[which][key], governing?.name ?? "", each);
    }
  }
  return refusals;
}

function askedOf(key: string, { gpus }: Resources, need: Need): number | null {
  if (key === "cpu") return need.cpus;
  if (key === "mem") return need.memoryBytes;
  if (key === "gres/gpu") return gpus?.count ?? 0;
  return gpus !== null && key === `gres/gpu:${gpus.type}` ? gpus.count : null;
}

/** Null: of no concern to a person (billing, licences). */
export function wordsFor(key: string): { field: Refusal["field"]; format: (value: number) => string } | null {
  if (key === "cpu") return { field: "cpus", format: (value) => countOf(value, "core") };
  if (key === "mem") return { field: "memory", format: formatBytes };
  if (key.startsWith("gres/gpu")) {
    const type = key.split(":")[1];
    return { field: "gpus", format: (value) => countOf(value, type === undefined ? "GPU" : `${type} GPU`) };
  }
  return null;
}

/** "1 core", "2 cores", "no GPUs" */
export function countOf(count: number, what: string): string {
  return count === 0 ? `no ${what}s` : `${count} ${what}${count === 1 ? "" : "s"}`;
}
