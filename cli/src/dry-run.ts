/** What a launch would come to: accepted or not, when it would start, and the job itself. Launches nothing. */
import type { LaunchCheck } from "@fairway/contract/launching.ts";
import type { LaunchRequest } from "@fairway/contract/sessions.ts";
import { printJson } from "./cli.ts";
import type { Client } from "./client.ts";
import { CliFailure, EXIT } from "./failure.ts";
import { describeEstimate } from "./session-words.ts";
import { formatSettings } from "./settings.ts";
import { type Terminal, toLine } from "./terminal.ts";

/** The check on standard error, the job on standard output. @throws CliFailure (usage) when it would be refused. */
export async function showDryRun(terminal: Terminal, client: Client, request: LaunchRequest, isJson: boolean): Promise<void> {
  const check = await client.call("checkLaunch", { body: request });
  // What cannot be launched has no job to show.
  const preview = check.problems.length > 0 ? null : await client.call("previewLaunch", { body: request });
  if (isJson) printJson(terminal, { check, preview });
  else for (const line of describeCheck(check, client.now())) terminal.stderr.write(`${toLine(line)}\n`);
  if (check.problems.length > 0) {
    const fields = check.problems.map(({ path, message }) => `\n  ${toLine(path)}: ${toLine(message)}`).join("");
    throw new CliFailure(EXIT.usage, `It would be refused.${fields}`);
  }
  if (preview !== null && !isJson) terminal.stdout.write(`${preview.sbatch.trimEnd()}\n\n${preview.script}`);
}

function describeCheck({ problems, estimate, alternatives }: LaunchCheck, nowMs: number): readonly string[] {
  if (problems.length > 0) return [];
  const others = alternatives.map(({ line, options }) => `Would start at once: ${line} (${formatSettings(options)})`);
  return ["It would be accepted.", describeEstimate(estimate, nowMs), ...others];
}
