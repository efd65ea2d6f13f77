/** From a request to the argv of hub/share/local-jobs. Pure. */
import type { Command } from "../../transports/types.ts";
import type { JobRequest } from "../types.ts";

export interface LocalSettings {
  /** Absolute path of local-jobs. */
  readonly program: string;
  /** Where jobs are kept: the same that the transport gives the program for the other verbs. */
  readonly directory: string;
  /** This machine's name, which is every job's node. */
  readonly hostName: string;
}

export function buildListCommand(settings: LocalSettings): Command {
  return { argv: [settings.program, "list"], env: { FAIRWAY_LOCAL_DIR: settings.directory } };
}

/** Of the resources only the time limit is kept: one machine, one account, nothing to schedule. */
export function buildSubmitOptions(job: JobRequest): readonly string[] {
  const { timeLimitSeconds } = job.resources;
  return [
    `--job-name=${job.jobName}`,
    ...(timeLimitSeconds === null ? [] : [`--time-seconds=${timeLimitSeconds}`]),
    ...(job.workingDirectory === null ? [] : [`--chdir=${job.workingDirectory}`]),
    `--comment=${job.comment}`,
  ];
}
