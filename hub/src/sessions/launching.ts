/**
 * Before a launch: what this person may launch, whether it would be accepted and when it would start,
 * and what exactly would be sent. It changes nothing but the wish to start something else instead.
 */
import { AppError } from "@fairway/contract/errors.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { Config } from "../config/load.ts";
import { ensureScope } from "./access.ts";
import type { App } from "./apps.ts";
import { resolveLaunch, summarise, toProfileOption } from "./profiles.ts";
import type { LaunchService } from "./types.ts";

export interface LaunchingOptions {
  readonly config: Pick<Config, "profiles">;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly apps: ReadonlyMap<string, App>;
}

export function createLaunchService({ config, clusters, apps }: LaunchingOptions): LaunchService {
  const notYet = () => Promise.reject(new AppError("not_found", "This is not built yet."));
  return {
    async profiles(actor) {
      ensureScope(actor, "read:hub");
      return config.profiles.map((profile) => {
        const app = apps.get(profile.app);
        const cluster = clusters.get(profile.cluster);
        return {
          name: profile.name,
          title: profile.title,
          description: profile.description ?? null,
          app: { name: profile.app, title: app?.title ?? profile.app, icon: app?.icon ?? null },
          cluster: { name: profile.cluster, title: cluster?.title ?? profile.cluster, awaySince: cluster?.health.awaySince ?? null },
          summary: summarise(resolveLaunch(profile, {}).resources),
          options: profile.options.map(toProfileOption),
          remembered: {},
          refusal: null,
        };
      });
    },
    check: notYet,
    preview: notYet,
    alternatives: notYet,
    startInstead: notYet,
  };
}
