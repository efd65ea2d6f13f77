/**
 * What in the cluster's rules speaks against a longer time for a session that runs. Slurm lets an operator
 * exceed every limit, so here, other than for a launch, what is not known is a no.
 */
import type { Person } from "../clusters/entitlements.ts";
import type { ClusterKnowledge, Known } from "../clusters/knowledge.ts";
import { findRefusals } from "../clusters/refusals.ts";
import type { Rules } from "../schedulers/facts.ts";
import type { SessionRow } from "../store/schema.ts";

export interface ExtensionLimitsOptions {
  readonly knowledge: ReadonlyMap<string, Pick<ClusterKnowledge, "rules" | "freshRules">>;
  readonly personOf: (cluster: string, user: string) => Promise<Person | null>;
}

const NOT_KNOWN = "The limits of the cluster are not known at the moment. Try again in a moment.";

/** Answers why not; null: nothing speaks against it. */
export function createTimeRefusal({ knowledge, personOf }: ExtensionLimitsOptions) {
  return async ({ cluster, user, resources }: SessionRow, timeLimitSeconds: number): Promise<string | null> => {
    const known = knowledge.get(cluster);
    const person = await personOf(cluster, user);
    if (known === undefined || person === null) return NOT_KNOWN;
    const judge = (rules: Known<Rules> | null): string | null => {
      if (rules === null || lacksAccounting(rules.value)) return NOT_KNOWN;
      const refusals = findRefusals({ rules: rules.value, nodes: null }, person, { ...resources, timeLimitSeconds });
      return refusals.find(({ field }) => field === "time")?.line ?? null;
    };
    // What was changed a moment ago must not stand in their way.
    return judge(await known.rules()) === null ? null : judge(await known.freshRules());
  };
}

/** It has never answered: then nobody knows what QoS and accounts allow (there is always a QoS where there is accounting). */
const lacksAccounting = ({ isAccountingAway, qos }: Rules) => isAccountingAway === true && qos.length === 0;
