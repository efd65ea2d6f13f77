/**
 * Other shapes of the same profile that may start at once: what the profile lets people choose, cut down
 * to what is free on a node, nearest first. Pure; whether they would start is for the scheduler to say.
 */
import { AppError } from "@fairway/contract/errors.ts";
import type { OptionTarget } from "@fairway/contract/profiles.ts";
import type { Resources } from "@fairway/contract/sessions.ts";
import { entitlementsOf, type Person } from "../clusters/entitlements.ts";
import { countGpus, fitsNow, nodesOf, toNeed } from "../clusters/fit.ts";
import { findRefusals } from "../clusters/refusals.ts";
import type { ProfileConfig } from "../config/load.ts";
import { isAsked } from "../config/option-values.ts";
import type { NodeFacts, PartitionFacts, Present, Rules } from "../schedulers/facts.ts";
import type { SessionOptions } from "../store/schema.ts";
import { describeChanges } from "./alternative-words.ts";
import { resolveLaunch } from "./profiles.ts";

type Option = ProfileConfig["options"][number];

export interface Candidate {
  readonly options: SessionOptions;
  readonly resources: Resources;
  /** "2 cores instead of 8, on debug (at most 30 min)" */
  readonly line: string;
}

export interface CandidateSearch {
  readonly profile: ProfileConfig;
  /** As they are now, every one that is asked. */
  readonly options: SessionOptions;
  readonly resources: Resources;
  readonly rules: Rules;
  readonly present: Present;
  readonly person: Person;
}

/** @returns the nearest first: fewest changes, then least taken away. The shape itself is none of them. */
export function findCandidates(search: CandidateSearch): readonly Candidate[] {
  const shapes = partitionsOf(search).flatMap((partition) =>
    keepBest(cutsFor(search, partition)).flatMap(({ options, node }) =>
      shorten(search.profile, options, partition.facts).map((shape) => ({ options: shape, partition: partition.facts, node })),
    ),
  );
  const found = new Map<string, Candidate & { readonly distance: number }>();
  for (const { options, partition, node } of shapes) {
    const candidate = toCandidate(search, options, partition, node);
    if (candidate !== null) found.set(JSON.stringify(candidate.resources), candidate);
  }
  found.delete(JSON.stringify(search.resources));
  return [...found.values()]
    .toSorted((one, other) => one.distance - other.distance)
    .map(({ options, resources, line }) => ({ options, resources, line }));
}

/** The same place and rights, and nothing that the other has less of. */
export function isNoMore(one: Resources, other: Resources): boolean {
  const isSame = (["partition", "account", "qos", "reservation"] as const).every((key) => one[key] === other[key]);
  return (
    isSame &&
    (one.gpus?.type ?? null) === (other.gpus?.type ?? null) &&
    (one.gpus?.count ?? 0) <= (other.gpus?.count ?? 0) &&
    one.cpus <= other.cpus &&
    (one.memoryBytes ?? 0) <= (other.memoryBytes ?? 0) &&
    (one.timeLimitSeconds ?? 0) <= (other.timeLimitSeconds ?? 0)
  );
}

interface PartitionChoice {
  readonly facts: PartitionFacts;
  /** What its option must be; null: there is none to set. */
  readonly set: Readonly<Record<string, string>> | null;
}

/** Where it goes now, and wherever else the profile lets this person go. */
function partitionsOf({ profile, resources, rules, person, options }: CandidateSearch): readonly PartitionChoice[] {
  const isCurrent = ({ name, isDefault }: PartitionFacts) => (resources.partition === null ? isDefault : name === resources.partition);
  const usable = entitlementsOf(rules, person).partitions.flatMap(({ facts, refusal }) => (refusal === null ? [facts] : []));
  const option = findOption(profile, options, "partition");
  const names = option?.kind === "choice" && option.from === undefined ? option.choices.map(({ value }) => String(value)) : null;
  return usable.flatMap((facts): PartitionChoice[] => {
    if (isCurrent(facts)) return [{ facts, set: null }];
    const mayChoose = option?.kind === "choice" && (names === null || names.includes(facts.name));
    return mayChoose ? [{ facts, set: { [option.name]: facts.name } }] : [];
  });
}

interface Cut {
  readonly options: SessionOptions;
  readonly node: NodeFacts;
  /** What it still has of each thing that can be cut. */
  readonly sizes: readonly number[];
}

/** For each node that has what cannot be cut, the most that it has free of each thing, in the profile's own steps. */
function cutsFor({ profile, resources, present, options: before }: CandidateSearch, { facts, set }: PartitionChoice): readonly Cut[] {
  const options = { ...before, ...set };
  const cuttable = (["cpus", "memory_gb", "gpus"] as const).flatMap((target) => findOption(profile, options, target) ?? []);
  const isCut = (target: OptionTarget) => cuttable.some(({ sets }) => sets === target);
  const fixed: Resources = {
    ...resources,
    ...(isCut("cpus") ? { cpus: 1 } : {}),
    ...(isCut("memory_gb") ? { memoryBytes: 0 } : {}),
    ...(isCut("gpus") ? { gpus: null } : {}),
  };
  const perCpu = resources.memoryBytes === null ? facts.defaultMemoryPerCpuBytes : null;
  return nodesOf(present.nodes, facts.name).flatMap((node) => {
    if (!fitsNow(node, toNeed(fixed, facts))) return [];
    const coresWithMemory = perCpu === null ? Infinity : Math.floor(node.memory.freeBytes / perCpu);
    const free: Partial<Record<OptionTarget, number>> = {
      cpus: Math.min(node.cpus.free, facts.maxCpusPerNode ?? Infinity, coresWithMemory),
      memory_gb: node.memory.freeBytes / GIB,
      gpus: countGpus(node, resources.gpus?.type ?? null, "free"),
    };
    const values = cuttable.map((option) => atMost(option, Math.min(free[option.sets] ?? 0, Number(options[option.name]))));
    // Less than the least that may be asked for: no shape of this profile has room there.
    if (values.includes(null)) return [];
    const cut = Object.fromEntries(cuttable.map(({ name }, index) => [name, values[index] ?? 0]));
    return [{ options: { ...options, ...cut }, node, sizes: values.map(Number) }];
  });
}

/** Without those that have nothing more than another: of a thousand nodes, a few are left. */
function keepBest(cuts: readonly Cut[]): readonly Cut[] {
  const best: Cut[] = [];
  const isWithin = (one: Cut, other: Cut) => one.sizes.every((size, index) => size <= (other.sizes[index] ?? 0));
  for (const cut of cuts) {
    if (best.some((other) => isWithin(cut, other))) continue;
    best.splice(0, best.length, ...best.filter((other) => !isWithin(other, cut)), cut);
  }
  return best;
}

/** In the longest time that the partition allows, and in half, a quarter and the least of it. */
function shorten(profile: ProfileConfig, options: SessionOptions, { maxTimeSeconds }: PartitionFacts): readonly SessionOptions[] {
  const option = findOption(profile, options, "hours") ?? findOption(profile, options, "minutes");
  if (option === null) return [options];
  const unitSeconds = option.sets === "hours" ? 3600 : 60;
  const longest = Math.min(Number(options[option.name]), (maxTimeSeconds ?? Infinity) / unitSeconds);
  const times = [longest, longest / 2, longest / 4].map((most) => atMost(option, most));
  return [...new Set([...times, leastOf(option)])].flatMap((time) => (time === null ? [] : [{ ...options, [option.name]: time }]));
}

function toCandidate(search: CandidateSearch, wanted: SessionOptions, partition: PartitionFacts, node: NodeFacts) {
  const { profile, rules, present, person, resources: before } = search;
  const options = settle(profile, wanted);
  const resources = resolve(profile, options);
  if (resources === null) return null;
  if (!fitsNow(node, toNeed(resources, partition))) return null;
  if (findRefusals({ rules, nodes: present.nodes }, person, resources).length > 0) return null;
  const changes = describeChanges(before, resources, partition.name);
  return { options, resources, line: changes.line, distance: changes.distance };
}

/** Null: an option that we have not touched does not fit its profile any more. */
function resolve(profile: ProfileConfig, options: SessionOptions): Resources | null {
  try {
    return resolveLaunch(profile, options).resources;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

/** Options that are not asked any more go, those that are asked now have their default. */
function settle(profile: ProfileConfig, wanted: SessionOptions): SessionOptions {
  const settled: Record<string, string | number | boolean> = {};
  for (const option of profile.options) if (isAsked(option, settled)) settled[option.name] = wanted[option.name] ?? option.default;
  return settled;
}

/** The one that sets this, if it is asked. */
function findOption(profile: ProfileConfig, options: SessionOptions, target: OptionTarget): Option | null {
  return profile.options.find((option) => option.sets === target && options[option.name] !== undefined) ?? null;
}

const STEP_SLACK = 1e-9;

/** The largest of the option's values that is not above `most`; null: there is none. */
function atMost(option: Option, most: number): string | number | null {
  if (option.kind === "number") {
    const steps = Math.floor((Math.min(most, option.max) - option.min) / option.step + STEP_SLACK);
    return steps < 0 ? null : Number((option.min + steps * option.step).toPrecision(12));
  }
  if (option.kind !== "choice") return null;
  const fitting = option.choices.filter(({ value }) => value !== "" && Number(value) <= most);
  return fitting.toSorted((one, other) => Number(other.value) - Number(one.value))[0]?.value ?? null;
}

const leastOf = (option: Option) =>
  option.kind === "number"
    ? option.min
    : option.kind === "choice"
      ? atMost(option, Math.min(...option.choices.map(({ value }) => Number(value))))
      : null;

const GIB = 1024 ** 3;
