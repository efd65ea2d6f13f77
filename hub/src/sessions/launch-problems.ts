/** What a cluster would refuse, as problems of the form: each at the option that could change it. Pure. */
import type { LaunchCheck } from "@fairway/contract/launching.ts";
import type { OptionTarget } from "@fairway/contract/profiles.ts";
import type { Refusal } from "../clusters/types.ts";
import type { ProfileConfig } from "../config/load.ts";
import type { SessionOptions } from "../store/schema.ts";

const TARGETS: Readonly<Record<Refusal["field"], readonly OptionTarget[]>> = {
  person: [],
  cpus: ["cpus"],
  memory: ["memory_gb"],
  gpus: ["gpus"],
  gpu_type: ["gpu_type"],
  time: ["hours", "minutes"],
  partition: ["partition"],
  account: ["account"],
  qos: ["qos"],
  reservation: ["reservation"],
};

/** `options`: those that were asked. What the profile itself sets is the profile's problem. */
export function toProblems(
  profile: Pick<ProfileConfig, "options">,
  options: SessionOptions,
  refusals: readonly Refusal[],
): LaunchCheck["problems"] {
  return refusals.map(({ field, line }) => {
    const option = profile.options.find(({ name, sets }) => TARGETS[field].includes(sets) && options[name] !== undefined);
    return { path: option === undefined ? "profile" : `options.${option.name}`, message: line };
  });
}
