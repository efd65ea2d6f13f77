/**
 * The adapter for jobs as processes of this machine (hub/share/local-jobs). Everybody's run as one
 * account: for one person or a demo. Its list keeps what ended, so it is its own accounting.
 */

import { type Exec, LAUNCHER_REFUSED } from "../../transports/types.ts";
import { readAppScript } from "../app-script.ts";
import { askScheduler, mustAskScheduler, toSentence } from "../ask.ts";
import { listFolder } from "../folders.ts";
import { readJobLog } from "../job-log.ts";
import { type CallOptions, CancelRefused, type Job, type Scheduler, SchedulerUnavailable, SubmitRefused } from "../types.ts";
import { buildListCommand, buildSubmitOptions, type LocalSettings } from "./commands.ts";
import { parseList } from "./parse.ts";
import { describeSubmission } from "./submission.ts";

export function createLocalScheduler(settings: LocalSettings): Scheduler {
  const listAll = async (exec: Exec, options: CallOptions) =>
    parseList(await mustAskScheduler(() => exec(buildListCommand(settings), options)), settings.hostName);
  return {
    id: "local",
    insight: null,

    async submit(actAs, job, options) {
      const verb = { verb: "submit", app: job.app, options: buildSubmitOptions(job), values: job.values } as const;
      const result = await askScheduler(() => actAs(job.user, verb, options));
      if (result.exitCode === LAUNCHER_REFUSED) throw new SubmitRefused(toSentence(result));
      if (result.exitCode !== 0) throw new SchedulerUnavailable(toSentence(result));
      return result.stdout.trim();
    },

    async list(exec, query, options) {
      const jobs = await listAll(exec, options);
      const isWanted = ({ name, user }: Job) => name.startsWith(query.namePrefix) && (query.users === null || query.users.includes(user));
      return { jobs: jobs.filter(isWanted), unknownUsers: [] };
    },

    async history(exec, query, options) {
      const wanted = new Set([...query.jobIds, ...query.jobNames]);
      return (await listAll(exec, options)).filter((job) => wanted.has(job.id));
    },

    async cancel(actAs, user, job, options) {
      const result = await askScheduler(() => actAs(user, { verb: "cancel", jobId: job.id, jobName: job.name }, options));
      if (result.exitCode === LAUNCHER_REFUSED) throw new CancelRefused(toSentence(result));
      if (result.exitCode !== 0) throw new SchedulerUnavailable(toSentence(result));
    },

    readLog: readJobLog,
    readScript: readAppScript,
    describeSubmission,
    listFiles: listFolder,

    async version(exec, options) {
      await listAll(exec, options);
      return "local";
    },
  };
}
