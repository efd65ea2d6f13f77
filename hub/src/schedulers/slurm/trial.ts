/** `sbatch --test-only`: what Slurm would say to a submission. Pure. */
import type { ExecResult } from "../../transports/types.ts";
import type { TrialResult } from "../facts.ts";
import { type JobRequest, type SchedulerUnavailable, SubmitRefused } from "../types.ts";
import { buildSubmitOptions } from "./commands.ts";
import { toSubmitError } from "./refusal.ts";

/** No session's: whoever looks for a submission by its job's name must not take a trial for it. */
const TRIAL_NAME = "fairway-trial";

export function buildTrialOptions(job: JobRequest): readonly string[] {
  return buildSubmitOptions({ ...job, jobName: TRIAL_NAME }).filter((option) => !option.startsWith("--comment="));
}

/**
 * The launcher has it told in epoch seconds: `sbatch: Job 35 to start at 1795266720 using …` on stderr (26.05 has a stray
 * " a " behind the time); refused, `allocation failure: …`, in the words of a submission.
 * @returns an error for what is neither yes nor no
 */
export function toTrialResult(result: ExecResult): TrialResult | SchedulerUnavailable {
  const at = /^sbatch: Job \d+ to start at (\d+)\s/m.exec(result.stderr)?.[1];
  if (result.exitCode === 0 && at !== undefined) return { kind: "would-start", at: Number(at) * 1000 };
  const stderr = result.stderr.replace(/^allocation failure: /m, "sbatch: error: Batch job submission failed: ");
  const error = toSubmitError({ ...result, stderr });
  return error instanceof SubmitRefused ? { kind: "refused", detail: error.detail } : error;
}
