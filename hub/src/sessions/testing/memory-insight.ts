/** What a cluster in memory tells of itself: a test sets it, counts the questions, and makes it silent or slow. */
import type { JobUsage, Present, Rules, TrialResult } from "../../schedulers/facts.ts";
import { type CallOptions, type JobRequest, type SchedulerInsight, SchedulerUnavailable } from "../../schedulers/types.ts";

type Question = "rules" | "present" | "trial" | "usage";

export class MemoryInsight implements SchedulerInsight {
  rulesNow: Rules;
  presentNow: Present;
  answerTrial: (job: JobRequest) => TrialResult = () => ({ kind: "would-start", at: Date.now() });
  usageNow: readonly JobUsage[] | null = [];
  isAway = false;
  /** While set, answers wait for it. */
  gate: Promise<void> | null = null;
  readonly asked: Record<Question, number> = { rules: 0, present: 0, trial: 0, usage: 0 };

  constructor(rules: Rules, present: Present) {
    this.rulesNow = rules;
    this.presentNow = present;
  }

  async rules(_exec: unknown, options: CallOptions): Promise<Rules> {
    await this.#ask("rules", options);
    return this.rulesNow;
  }

  async present(_exec: unknown, options: CallOptions): Promise<Present> {
    await this.#ask("present", options);
    return this.presentNow;
  }

  async trial(_actAs: unknown, job: JobRequest, options: CallOptions): Promise<TrialResult> {
    await this.#ask("trial", options);
    return this.answerTrial(job);
  }

  async usage(_exec: unknown, _jobs: unknown, options: CallOptions): Promise<readonly JobUsage[] | null> {
    await this.#ask("usage", options);
    return this.usageNow;
  }

  buildExtendArguments(jobId: string, jobName: string, totalMinutes: number): readonly string[] {
    return ["extend", jobId, jobName, String(totalMinutes)];
  }

  async #ask(question: Question, { signal }: CallOptions): Promise<void> {
    this.asked[question] += 1;
    if (this.gate !== null) await Promise.race([this.gate, aborted(signal)]);
    if (this.isAway) throw new SchedulerUnavailable("Unable to contact slurm controller");
  }
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(new SchedulerUnavailable("aborted")), { once: true });
  });
}
