/**
 * Which profiles somebody may see and launch. Whatever takes a profile's name from a person finds it
 * here: one that is not for them is answered exactly as one that does not exist.
 */
import { AppError } from "@fairway/contract/errors.ts";
import type { ProfileConfig } from "../config/load.ts";

export interface VisibleProfiles {
  /** In the site's order. */
  of(user: string): Promise<readonly ProfileConfig[]>;
  /** @throws invalid_input */
  find(user: string, name: string): Promise<ProfileConfig>;
}

export function createVisibleProfiles(
  profiles: readonly ProfileConfig[],
  groupsOf: (user: string) => Promise<readonly string[]>,
): VisibleProfiles {
  const isRestricted = profiles.some(({ visible_to: names }) => names.length > 0);
  const of = async (user: string) => {
    const names = new Set([user, ...(isRestricted ? await groupsOf(user) : [])]);
    return profiles.filter(({ visible_to: wanted }) => wanted.length === 0 || wanted.some((name) => names.has(name)));
  };
  return {
    of,
    async find(user, name) {
      const visible = await of(user);
      const profile = visible.find((candidate) => candidate.name === name);
      if (profile !== undefined) return profile;
      throw new AppError("invalid_input", `There is no profile "${name}".`, {
        fields: [{ path: "profile", message: `choose one of: ${visible.map((candidate) => candidate.name).join(", ")}` }],
      });
    },
  };
}
