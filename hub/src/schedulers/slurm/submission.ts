/** A submission in the words of a person's shell: what the launcher does, to be read, and repeated by hand. Pure. */
import { joinLines, quoteAssignment, quoteWord, toComment } from "../shell-words.ts";
import type { AppScript, JobRequest } from "../types.ts";
import { buildSubmitOptions } from "./commands.ts";

/** The same argv and values as the launcher's `submit` (hub/share/launcher), as the person. */
export function describeSubmission(job: JobRequest, script: AppScript): string {
  const folder = `"$HOME"/.fairway/sessions/${quoteWord(job.sessionId)}`;
  const command = [
    "env",
    ...Object.entries(job.values).map(([name, value]) => quoteAssignment(name, value)),
    "sbatch",
    "--parsable",
    "--export=ALL",
    `--chdir="$HOME"`,
    `--output=${folder}/job.log`,
    "--open-mode=append",
    ...buildSubmitOptions(job).map(quoteWord),
    quoteWord(script.path ?? `${job.app}.sh`),
  ];
  return [
    toComment(`as ${job.user}, in an environment that holds nothing else but HOME, USER, LOGNAME, SHELL, LANG and PATH`),
    `mkdir -p ${folder} && chmod 700 "$HOME"/.fairway ${folder} &&`,
    joinLines(command),
    "",
  ].join("\n");
}
