/** A job of this machine in the words of a person's shell. Pure. */
import { joinLines, quoteAssignment, quoteWord, toComment } from "../shell-words.ts";
import type { AppScript, JobRequest } from "../types.ts";

/** What local-jobs starts; it also notes how the job ends, and where its log is. */
export function describeSubmission(job: JobRequest, script: AppScript): string {
  const { timeLimitSeconds } = job.resources;
  const command = [
    "env",
    ...Object.entries(job.values).map(([name, value]) => quoteAssignment(name, value)),
    ...(timeLimitSeconds === null ? [] : ["timeout", "-k", "10", String(timeLimitSeconds)]),
    "sh",
    quoteWord(script.path ?? `./${job.app}.sh`),
  ];
  return [
    toComment(`no sbatch here: ${job.app}.sh is the script above, run on this machine as the service account`),
    ...(job.workingDirectory === null ? [] : [`cd ${quoteWord(job.workingDirectory)} &&`]),
    joinLines(command),
    "",
  ].join("\n");
}
