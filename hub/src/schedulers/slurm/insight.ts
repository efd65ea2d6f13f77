/** What Slurm tells of itself: rules, what is free, who waits, trials, usage. Glue alone, like index.ts. */
import { type SchedulerInsight, SchedulerUnavailable } from "../types.ts";
import type { SlurmSettings } from "./commands.ts";

export function createSlurmInsight(_settings: SlurmSettings): SchedulerInsight {
  const notYet = () => Promise.reject(new SchedulerUnavailable("this is not built yet"));
  return { rules: notYet, present: notYet, trial: notYet, usage: notYet, buildExtendArguments: () => [] };
}
