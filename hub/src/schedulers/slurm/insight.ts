/** What Slurm tells of itself: rules, what is free, who waits, trials, usage. Glue alone, like index.ts. */
import { randomBytes } from "node:crypto";
import { askScheduler, mustAskScheduler, toSentence } from "../ask.ts";
import { type SchedulerInsight, SchedulerUnavailable } from "../types.ts";
import { makeSeparators, type SlurmSettings } from "./commands.ts";
import { isAccountingOff } from "./parse.ts";
import { buildNodesCommand, buildPendingCommand, parseNodes, parsePending } from "./present.ts";
import { readRules } from "./rules.ts";
import { buildTrialOptions, toTrialResult } from "./trial.ts";
import { buildUsageCommand, parseUsage } from "./usage.ts";

export function createSlurmInsight(settings: SlurmSettings): SchedulerInsight {
  const newSeparators = () => makeSeparators(randomBytes(6).toString("hex"));
  return {
    rules: (exec, options) => readRules(exec, settings, options),

    async present(exec, options) {
      const separators = newSeparators();
      const nodes = parseNodes(await mustAskScheduler(() => exec(buildNodesCommand(settings), options)));
      const pending = await mustAskScheduler(() => exec(buildPendingCommand(separators, settings), options));
      return { nodes, pending: parsePending(pending, separators) };
    },

    async trial(actAs, job, options) {
      const verb = { verb: "trial", app: job.app, options: buildTrialOptions(job) } as const;
      const said = toTrialResult(await askScheduler(() => actAs(job.user, verb, options)));
      if (said instanceof SchedulerUnavailable) throw said;
      return said;
    },

    async usage(exec, jobs, options) {
      if (jobs.length === 0) return [];
      const separators = newSeparators();
      const result = await askScheduler(() => exec(buildUsageCommand(jobs, separators, settings), options));
      if (isAccountingOff(result)) return null;
      if (result.exitCode !== 0) throw new SchedulerUnavailable(toSentence(result));
      return parseUsage(result.stdout, separators);
    },

    buildExtendArguments: (jobId, jobName, totalMinutes) => ["extend", jobId, jobName, String(totalMinutes)],
  };
}
