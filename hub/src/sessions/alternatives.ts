/** What would start at once instead: shapes that fit by what is known, each confirmed by the scheduler itself. */
import type { Alternative } from "@fairway/contract/launching.ts";
import type { Resources } from "@fairway/contract/sessions.ts";
import type { Estimates } from "../clusters/estimates.ts";
import type { ClusterKnowledge } from "../clusters/knowledge.ts";
import { findPartition, toTrialDelayMs } from "../clusters/room.ts";
import type { Rulebook } from "../clusters/rulebook.ts";
import type { Present, Rules } from "../schedulers/facts.ts";
import { findCandidates, isNoMore } from "./alternative-shapes.ts";
import type { LaunchPlan } from "./launch-plan.ts";

export interface AlternativeFinder {
  /** `waiting`: what a session of theirs that it would replace has asked for; null: there is none. `asOf` null: nothing is known. */
  find(
    user: string,
    plan: Pick<LaunchPlan, "profile" | "options" | "resources">,
    waiting: Resources | null,
  ): Promise<{ alternatives: Alternative[]; asOf: number | null }>;
}

export interface AlternativesOptions {
  readonly knowledge: ReadonlyMap<string, ClusterKnowledge>;
  readonly estimates: ReadonlyMap<string, Estimates>;
  readonly rulebook: Rulebook;
}

const MOST_SHOWN = 3;
/** Each is a question to the scheduler. */
const MOST_TRIED = 6;

export function createAlternativeFinder({ knowledge, estimates, rulebook }: AlternativesOptions): AlternativeFinder {
  return {
    async find(user, { profile, options, resources }, waiting) {
      const known = knowledge.get(profile.cluster);
      const estimate = estimates.get(profile.cluster);
      const [rules, present] = await Promise.all([known?.rules(), known?.present()]);
      const person = await rulebook.person(profile.cluster, user);
      if (rules == null || present == null || estimate === undefined || person === null) return { alternatives: [], asOf: null };
      const facts = { rules: rules.value, present: present.value };
      const alternatives: Alternative[] = [];
      let tried = 0;
      for (const candidate of findCandidates({ profile, options, resources, person, ...facts })) {
        // Whoever may have it for an hour does not want the same for half of it.
        if (alternatives.some((better) => isNoMore(candidate.resources, better.resources))) continue;
        if (tried === MOST_TRIED) break;
        tried += 1;
        const shape = { user, app: profile.app, resources: candidate.resources };
        const said = await estimate.startsAtOnce(shape, delayOf(waiting, candidate.resources, facts));
        if (said !== null) alternatives.push({ ...candidate, ...said });
        if (alternatives.length === MOST_SHOWN) break;
      }
      return { alternatives, asOf: present.asOf };
    },
  };
}

/** A trial counts the waiting session as one that comes first; but it would be gone. */
function delayOf(waiting: Resources | null, next: Resources, { rules, present }: { rules: Rules; present: Present }): number {
  const placeOf = ({ partition }: Resources) => findPartition(rules.partitions, partition)?.name;
  return waiting !== null && placeOf(waiting) === placeOf(next) ? toTrialDelayMs(waiting, rules, present) : 0;
}
