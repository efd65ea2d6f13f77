/** The lists that a form fills from the cluster, for one person: what there is, and why they cannot take it. Pure. */
import { formatDuration } from "@fairway/contract/describe-session.ts";
import type { ChoiceSource } from "@fairway/contract/profiles.ts";
import type { NodeFacts, PartitionFacts } from "../schedulers/facts.ts";
import type { Entitlements } from "./entitlements.ts";
import { countGpus, nodesOf } from "./fit.ts";

export interface Choice {
  readonly value: string;
  readonly label: string;
  /** Why this person cannot take it; null: they can. */
  readonly refusal: string | null;
}

/**
 * What can be taken first. Null: it is not known what there is, or this cluster has no such thing.
 * @param nodes null: not known
 */
export function toChoices(source: ChoiceSource, entitled: Entitlements, nodes: readonly NodeFacts[] | null): readonly Choice[] | null {
  switch (source) {
    case "partitions":
      return sortUsable(entitled.partitions.map(({ facts, refusal }) => ({ value: facts.name, label: labelPartition(facts), refusal })));
    case "accounts":
      return orNothing(
        entitled,
        entitled.accounts.map(({ name }) => toChoice(name)),
      );
    case "qos":
      return orNothing(
        entitled,
        entitled.qos.map(({ name, maxWallSeconds }) => toChoice(name, withTime(name, maxWallSeconds))),
      );
    case "reservations":
      return entitled.reservations.map(({ name }) => toChoice(name));
    case "gpu_types":
      return nodes === null ? null : sortUsable(toGpuTypes(entitled, nodes));
  }
}

function toGpuTypes({ partitions }: Entitlements, nodes: readonly NodeFacts[]): Choice[] {
  const usable = partitions.filter(({ refusal }) => refusal === null).flatMap(({ facts }) => nodesOf(nodes, facts.name));
  const types = new Set(nodes.flatMap(({ gpus }) => gpus.flatMap(({ type }) => type ?? [])));
  return [...types].sort().map((type) => {
    const isUsable = usable.some((node) => countGpus(node, type, "total") > 0);
    return { value: type, label: type, refusal: isUsable ? null : `No partition that you may use has GPUs of the type ${type}.` };
  });
}

const toChoice = (value: string, label = value): Choice => ({ value, label, refusal: null });

/** Somebody who may use the cluster, and has none: there are none here (no accounting, or it could not be asked). */
const orNothing = ({ refusal }: Entitlements, choices: readonly Choice[]) => (choices.length === 0 && refusal === null ? null : choices);

const labelPartition = ({ name, maxTimeSeconds }: PartitionFacts) => withTime(name, maxTimeSeconds);

const withTime = (name: string, seconds: number | null) => (seconds === null ? name : `${name} (at most ${formatDuration(seconds)})`);

const sortUsable = (choices: readonly Choice[]) =>
  choices.toSorted((one, other) => Number(one.refusal !== null) - Number(other.refusal !== null));
