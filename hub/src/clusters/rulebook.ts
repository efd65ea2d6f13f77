/**
 * What the cluster's rules mean for a person: what they may use, what to choose from, and what would be
 * refused. All from what is known already; nobody is refused on hearsay, or for a change not yet heard of.
 */
import type { ChoiceSource } from "@fairway/contract/profiles.ts";
import type { Resources } from "@fairway/contract/sessions.ts";
import { type Choice, toChoices } from "./choices.ts";
import type { Cluster } from "./cluster.ts";
import { type Entitlements, entitlementsOf, type Person } from "./entitlements.ts";
import type { ClusterKnowledge } from "./knowledge.ts";
import { findRefusals } from "./refusals.ts";
import type { Known } from "./shared-answer.ts";
import type { Refusal } from "./types.ts";

export interface Rulebook {
  /** Null: nothing is known of its rules, or it has none. */
  entitlements(cluster: string, user: string): Promise<Known<Entitlements> | null>;
  /** Null: there is no such cluster. */
  person(cluster: string, user: string): Promise<Person | null>;
  /** Why they can use nothing of it; null: they can, as far as is known. */
  refusalOf(cluster: string, user: string): Promise<string | null>;
  /** What there is to choose from; null: not known, or the cluster has no such thing. */
  choicesFor(cluster: string, user: string, source: ChoiceSource): Promise<readonly Choice[] | null>;
  /** What speaks against it. Empty also where nothing is known, or the cluster is away: then it decides. */
  refusals(cluster: string, user: string, resources: Resources): Promise<readonly Refusal[]>;
}

export interface RulebookOptions {
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly knowledge: ReadonlyMap<string, ClusterKnowledge>;
  readonly groupsOf: (user: string) => Promise<readonly string[]>;
  readonly now: () => number;
}

/** Rules that could not be renewed for so long are hearsay. */
const TRUSTED_MS = 10 * 60_000;

export function createRulebook({ clusters, knowledge, groupsOf, now }: RulebookOptions): Rulebook {
  const toPerson = async (cluster: Cluster, user: string): Promise<Person> => {
    const groups = cluster.transport.actsAs === "user" ? await groupsOf(user) : [];
    // Every account has a group: none means that they could not be asked for.
    return { user: cluster.transport.accountOf(user), groups: groups.length === 0 ? null : groups };
  };
  const entitlements: Rulebook["entitlements"] = async (name, user) => {
    const cluster = clusters.get(name);
    const rules = await knowledge.get(name)?.rules();
    if (cluster === undefined || rules == null) return null;
    return { value: entitlementsOf(rules.value, await toPerson(cluster, user)), asOf: rules.asOf };
  };
  return {
    entitlements,

    async refusalOf(name, user) {
      return (await entitlements(name, user))?.value.refusal ?? null;
    },

    async choicesFor(name, user, source) {
      const entitled = await entitlements(name, user);
      if (entitled === null) return null;
      const present = source === "gpu_types" ? await knowledge.get(name)?.present() : null;
      return toChoices(source, entitled.value, present?.value.nodes ?? null);
    },

    async person(name, user) {
      const cluster = clusters.get(name);
      return cluster === undefined ? null : toPerson(cluster, user);
    },

    async refusals(name, user, resources) {
      const cluster = clusters.get(name);
      const known = knowledge.get(name);
      if (cluster === undefined || known === undefined || cluster.health.awaySince !== null) return [];
      const person = await toPerson(cluster, user);
      const judge = async (asked: ReturnType<ClusterKnowledge["rules"]>) => {
        const [rules, present] = await Promise.all([asked, known.present()]);
        if (rules === null || Math.abs(now() - rules.asOf) > TRUSTED_MS) return [];
        return findRefusals({ rules: rules.value, nodes: present?.value.nodes ?? null }, person, resources);
      };
      // What was changed for them a moment ago must not stand in their way.
      return (await judge(known.rules())).length === 0 ? [] : judge(known.freshRules());
    },
  };
}
