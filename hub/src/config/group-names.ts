/** Names of groups (and people) that nobody could ever match: a typing error there would hide a profile, or lift a limit, in silence. */
import type { ConfigProblem } from "./problems.ts";
import type { ConfigFile } from "./schema.ts";
import { suggest } from "./suggest.ts";

export function checkGroupNames(config: ConfigFile): ConfigProblem[] {
  // Unix groups count wherever jobs run as the person, and which there are is not ours to know.
  if (Object.values(config.clusters).some(({ act_as: actAs }) => actAs !== "service")) return [];
  const groups = Object.keys(config.groups);
  const { demo_users: users, pam } = config.sign_in;
  const people = pam === undefined ? Object.keys(users ?? {}) : null;
  return [
    ...Object.keys(config.limits.groups).flatMap((name) => check(`limits.groups.${name}`, name, groups, groups)),
    ...config.profiles.flatMap((profile, index) =>
      people === null
        ? []
        : profile.visible_to.flatMap((name, at) => check(`profiles.${index}.visible_to.${at}`, name, [...groups, ...people], groups)),
    ),
  ];
}

function check(path: string, name: string, known: readonly string[], groups: readonly string[]): ConfigProblem[] {
  if (known.includes(name)) return [];
  const near = suggest(name, known);
  const hint = near === null ? `known groups: ${groups.join(", ") || "none"}` : `did you mean "${near}"?`;
  return [
    {
      path,
      message: `nobody can be meant by "${name}": it is not in groups, and no cluster has act_as: sudo or certificate, so Unix groups do not count; ${hint}`,
    },
  ];
}
