/**
 * What the failure of sbatch, or of scancel, means. "Slurm said no" (nothing was done, and asking again is no use) is only
 * believed of words that say so; everything else leaves open whether a job exists.
 */
import { type ExecResult, LAUNCHER_REFUSED } from "../../transports/types.ts";
import { toSentence } from "../ask.ts";
import { CancelRefused, SchedulerUnavailable, SubmitRefused } from "../types.ts";

/** slurm_errno.c: what sbatch says after "Batch job submission failed:" when it did not reach, or did not hear, Slurm. */
const NOT_HEARD = [
  /unable to contact slurm controller/i,
  /authentication/i,
  /munge/i,
  /socket timed out/i,
  /zero bytes were transmitted/i,
  /(message|communication|connection|protocol|transport)\b.*(failure|error|shutdown|refused|timed out|reset|version)/i,
  /connection (refused|reset|timed out)/i,
  /unexpected message/i,
  /incompatible versions/i,
  /temporarily (unable|unavailable)/i,
  /standby mode/i,
  /unspecified error/i,
  /timed? ?out/i,
];

/** Before it asked anybody: its own options or the script. */
const REFUSED_BY_SBATCH = [
  /^sbatch: error: Invalid .* specification/m,
  /^sbatch: (unrecognized|invalid|ambiguous) option/m,
  /^sbatch: error: (Batch script is empty|Unable to open file|This does not look like a batch script)/m,
  /^Invalid time specification/m,
];

/** @returns the error that a failed submission is. */
export function toSubmitError(result: ExecResult): SubmitRefused | SchedulerUnavailable {
  const { exitCode, stderr } = result;
  if (exitCode === LAUNCHER_REFUSED) return new SubmitRefused(toSentence(result));
  const [, answer] = /^sbatch: error: Batch job submission failed: (.+)$/m.exec(stderr) ?? [];
  if (answer !== undefined) {
    return NOT_HEARD.some((words) => words.test(answer))
      ? new SchedulerUnavailable(answer)
      : new SubmitRefused(withContext(answer, stderr));
  }
  if (REFUSED_BY_SBATCH.some((words) => words.test(stderr))) return new SubmitRefused(toSentence(result));
  const forbidden = findForbidden(stderr);
  if (forbidden !== null) return new SubmitRefused(forbidden);
  if (exitCode === 124 || exitCode === 137) return new SchedulerUnavailable("sbatch did not answer in time");
  return new SchedulerUnavailable(toSentence(result));
}

/** @returns the error that a failed cancellation is. */
export function toCancelError(result: ExecResult): CancelRefused | SchedulerUnavailable {
  const refusal = result.exitCode === LAUNCHER_REFUSED ? toSentence(result) : findForbidden(result.stderr);
  return refusal === null ? new SchedulerUnavailable(toSentence(result)) : new CancelRefused(refusal);
}

/** sudo's rule names who may be acted as, so it refuses before the launcher does. */
function findForbidden(stderr: string): string | null {
  const sudo = /^sudo: (a password is required|unknown user.*|.*not allowed.*|.*is not in the sudoers.*)/m.exec(stderr);
  return sudo === null ? null : `this gateway may not act as this person here (sudo: ${sudo[1]})`;
}

/** Lines that say it more precisely, e.g. the limit's name or a word of the site's own job_submit plugin. */
function withContext(answer: string, stderr: string): string {
  const lines = [...stderr.matchAll(/^sbatch: (?:error: )?(.+)$/gm)].map(([, line = ""]) => line.trim());
  const others = lines.filter((line) => !line.startsWith("Batch job submission failed") && line.toLowerCase() !== answer.toLowerCase());
  return others.length === 0 ? answer : `${answer} (${others.join("; ")})`.slice(0, 500);
}
