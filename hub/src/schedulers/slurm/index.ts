/** The adapter for Slurm by its command line. Glue alone: what is asked is in commands.ts, what it means in parse.ts. */
import { randomBytes } from "node:crypto";
import type { ExecResult } from "../../transports/types.ts";
import { readAppScript } from "../app-script.ts";
import { askScheduler, mustAskScheduler, toSentence } from "../ask.ts";
import { listFolder } from "../folders.ts";
import { readJobLog } from "../job-log.ts";
import { type Job, type Scheduler, SchedulerUnavailable } from "../types.ts";
import {
  buildConfigCommand,
  buildHistoryCommands,
  buildQueueCommand,
  buildSubmitOptions,
  makeSeparators,
  type SlurmSettings,
} from "./commands.ts";
import { createSlurmInsight } from "./insight.ts";
import { isAccountingOff, parseHistory, parseQueue, parseUnknownUsers, parseVersion } from "./parse.ts";
import { toCancelError, toSubmitError } from "./refusal.ts";
import { describeSubmission } from "./submission.ts";

export function createSlurmScheduler(settings: SlurmSettings = {}): Scheduler {
  const newSeparators = () => makeSeparators(randomBytes(6).toString("hex"));
  return {
    id: "slurm",
    insight: createSlurmInsight(settings),

    async submit(actAs, job, options) {
      const verb = { verb: "submit", app: job.app, options: buildSubmitOptions(job), values: job.values } as const;
      const result = await askScheduler(() => actAs(job.user, verb, options));
      if (result.exitCode !== 0) throw toSubmitError(result);
      // --parsable: "ID" or "ID;CLUSTER", after whatever a plugin of the site had to say. Its line must be
      // whole: half of an id is another job's.
      const id = /^(\d+)(;\S*)?\n/m.exec(result.stdout)?.[1];
      if (id === undefined) throw new SchedulerUnavailable("sbatch succeeded but told no job id");
      return id;
    },

    async list(exec, query, options) {
      const separators = newSeparators();
      if (query.users?.length === 0) return { jobs: [], unknownUsers: [] };
      const result = await askScheduler(() => exec(buildQueueCommand(query, separators, settings), options));
      if (result.exitCode !== 0) throw new SchedulerUnavailable(toSentence(result));
      const jobs = parseQueue(result.stdout, separators, query.namePrefix);
      const users = query.users === null ? null : new Set(query.users);
      return { jobs: users === null ? jobs : jobs.filter((job) => users.has(job.user)), unknownUsers: parseUnknownUsers(result.stderr) };
    },

    async history(exec, query, options) {
      const separators = newSeparators();
      const found = new Map<string, Job>();
      for (const command of buildHistoryCommands(query, separators, settings)) {
        const result = await askScheduler(() => exec(command, options));
        if (isAccountingOff(result)) return null;
        if (result.exitCode !== 0) throw new SchedulerUnavailable(toSentence(result));
        for (const job of parseHistory(result.stdout, separators)) found.set(job.id, job);
      }
      return [...found.values()];
    },

    async cancel(actAs, user, job, options) {
      const result = await askScheduler(() => actAs(user, { verb: "cancel", jobId: job.id, jobName: job.name }, options));
      if (result.exitCode !== 0 && !isGone(result)) throw toCancelError(result);
    },

    readLog: readJobLog,
    readScript: readAppScript,
    describeSubmission,
    listFiles: listFolder,

    async version(exec, options) {
      return parseVersion(await mustAskScheduler(() => exec(buildConfigCommand(settings), options)));
    },
  };
}

/** scancel is silent about jobs that have ended (exit 0) unless asked; these are its words where it is not. */
function isGone(result: ExecResult): boolean {
  return /Invalid job id specified|already completing or completed/i.test(result.stderr);
}
