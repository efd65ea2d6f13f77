/** What the site's configuration says of a session's time: when to warn, when it counts as idle, how far it may be extended. */

import type { Cluster } from "../clusters/cluster.ts";
import type { ClusterKnowledge } from "../clusters/knowledge.ts";
import type { Config } from "../config/load.ts";
import type { SessionRow } from "../store/schema.ts";
import type { ExtensionRule } from "./extension.ts";
import type { IdleRule } from "./idle.ts";

export interface LifetimeRules {
  /** So long before the end, in no order. */
  marksMs(row: SessionRow): readonly number[];
  /** Null: never stopped for being idle. */
  idle(row: SessionRow): IdleRule | null;
  extension(row: SessionRow): ExtensionRule;
}

export interface LifetimeRulesOptions {
  readonly config: Pick<Config, "profiles" | "notify">;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly knowledge: ReadonlyMap<string, Pick<ClusterKnowledge, "peekRules">>;
}

/** A session whose profile is gone has the site's marks, and is neither idle nor extended. */
export function createLifetimeRules({ config, clusters, knowledge }: LifetimeRulesOptions): LifetimeRules {
  const profiles = new Map(config.profiles.map((profile) => [profile.name, profile]));
  const profileOf = (row: SessionRow) => (row.profile === null ? undefined : profiles.get(row.profile));
  return {
    marksMs: (row) => profileOf(row)?.warn_before ?? config.notify.warn_before,
    idle(row) {
      const rule = profileOf(row)?.idle;
      return rule === undefined ? null : { afterMs: rule.after, warnBeforeMs: rule.warn_before };
    },
    extension(row) {
      const cluster = clusters.get(row.cluster);
      const extend = cluster?.config.extend;
      return {
        cluster: extend === undefined ? null : { stepMs: extend.step, maxTotalMs: extend.max_total },
        clusterTitle: cluster?.title ?? row.cluster,
        isAllowedByProfile: profileOf(row)?.extend ?? false,
        rules: knowledge.get(row.cluster)?.peekRules()?.value ?? null,
      };
    },
  };
}
