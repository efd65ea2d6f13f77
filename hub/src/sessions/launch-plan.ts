/**
 * A launch as it was asked for -> what would be launched: the profile as this person sees it, their
 * choices checked, their paths placed. Whatever launches, checks or previews begins here, so that all
 * of them allow the same. It changes nothing.
 */
import { AppError } from "@fairway/contract/errors.ts";
import { LaunchRequest, type Resources } from "@fairway/contract/sessions.ts";
import type { ProfileConfig } from "../config/load.ts";
import type { SessionOptions } from "../store/schema.ts";
import { placePaths } from "./paths.ts";
import { resolveLaunch } from "./profiles.ts";
import type { VisibleProfiles } from "./visible-profiles.ts";

export interface LaunchPlan {
  readonly profile: ProfileConfig;
  /** The slot. */
  readonly name: string;
  readonly options: SessionOptions;
  readonly resources: Resources;
  /** Absolute; null for the home directory. */
  readonly workingDirectory: string | null;
  readonly openPath: string;
}

export interface LaunchPlanner {
  /** @throws invalid_input with fields, cluster_away when a path cannot be placed. */
  plan(user: string, request: LaunchRequest): Promise<LaunchPlan>;
}

export interface PlannerOptions {
  readonly profiles: VisibleProfiles;
  /** The person's home directory on a cluster; null: not known (now). */
  readonly homeOf: (cluster: string, user: string) => Promise<string | null>;
}

export function createLaunchPlanner({ profiles, homeOf }: PlannerOptions): LaunchPlanner {
  return {
    async plan(user, request) {
      const parsed = LaunchRequest.safeParse(request);
      if (!parsed.success) {
        const fields = parsed.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
        throw new AppError("invalid_input", "The launch could not be understood.", { fields });
      }
      const { name, options: chosen, open } = parsed.data;
      const profile = await profiles.find(user, parsed.data.profile);
      const { resources, options, ...paths } = resolveLaunch(profile, chosen);
      const { workingDirectory, openPath } = await placePaths(paths, () => homeOf(profile.cluster, user));
      // What was asked for by name is meant more than what an option has as its default.
      return { profile, name, options, resources, workingDirectory, openPath: open === "" ? openPath : open };
    },
  };
}
