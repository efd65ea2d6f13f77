/** When would this start? In the scheduler's own words where it may be asked, with their age; never a guess of ours. */
import type { Estimate } from "@fairway/contract/launching.ts";
import { pause } from "../pause.ts";
import { SchedulerUnavailable } from "../schedulers/types.ts";
import type { Cluster } from "./cluster.ts";
import type { ClusterKnowledge } from "./knowledge.ts";
import { isRoomFor } from "./room.ts";
import type { Shape, Trial, Trials } from "./trials.ts";

/** An estimate, or the scheduler's no. */
export type Outlook = Estimate | { readonly kind: "refused"; readonly detail: string; readonly asOf: number };

export interface Estimates {
  readonly outlook: (shape: Shape) => Promise<Outlook>;
  /**
   * Would it start at once, were it not for a wait of `ownWaitMs` that the trial lays on it for a job which
   * would be gone then? @returns when the scheduler said so; null: no, or not known.
   */
  readonly startsAtOnce: (shape: Shape, ownWaitMs: number) => Promise<{ readonly asOf: number } | null>;
}

export interface EstimateOptions {
  readonly cluster: Cluster;
  readonly knowledge: ClusterKnowledge;
  /** Null: no trials here; then what is free decides. */
  readonly trials: Trials | null;
  readonly now: () => number;
}

/** Slurm counts whole seconds, its clock is not ours, and the answer travels. */
const NOW_MS = 30_000;
/** A form must not hang for a slow controller. */
const PATIENCE_MS = 10_000;

export function createEstimates({ cluster, knowledge, trials, now }: EstimateOptions): Estimates {
  const unknown = (line: string): Outlook => ({ kind: "unknown", line });

  async function byTrial(shape: Shape, asked: Trials): Promise<Outlook> {
    const trial = await withPatience(asked.ask(shape));
    if (trial === null) return unknown(`${cluster.title} has not said yet when it would start.`);
    const { result, asOf } = trial;
    if (result.kind === "refused") return { kind: "refused", detail: result.detail, asOf };
    return result.at <= asOf + NOW_MS ? { kind: "now", asOf } : { kind: "at", at: result.at, asOf };
  }

  /** What is free says that it starts when nobody waits before it; it never says when it starts later. */
  async function byPresent({ resources }: Shape): Promise<Outlook> {
    const [present, rules] = await Promise.all([knowledge.present(), knowledge.rules()]);
    if (present === null || rules === null) return unknown(`What is free on ${cluster.title} is not known.`);
    if (isRoomFor(resources, rules.value, present.value)) return { kind: "now", asOf: present.asOf };
    return unknown(`Nothing is free for this on ${cluster.title} at the moment, so it will wait.`);
  }

  async function outlookOf(shape: Shape): Promise<Outlook> {
    if (cluster.health.awaySince !== null) return unknown(`${cluster.title} does not answer at the moment.`);
    if (cluster.scheduler.insight === null) return { kind: "now", asOf: now() };
    try {
      return await (trials === null ? byPresent(shape) : byTrial(shape, trials));
    } catch (error) {
      // Not known is an answer, too.
      if (error instanceof SchedulerUnavailable) return unknown(`${cluster.title} could not say when it would start.`);
      throw error;
    }
  }

  return {
    outlook: outlookOf,
    async startsAtOnce(shape, ownWaitMs) {
      const outlook = await outlookOf(shape);
      if (outlook.kind === "now") return { asOf: outlook.asOf };
      return outlook.kind === "at" && outlook.at - ownWaitMs <= outlook.asOf + NOW_MS ? { asOf: outlook.asOf } : null;
    },
  };
}

async function withPatience(asking: Promise<Trial>): Promise<Trial | null> {
  const over = new AbortController();
  // Whoever waits no longer does not hear of its failure either.
  asking.catch(() => {});
  try {
    return await Promise.race([asking, pause(PATIENCE_MS, over.signal).then(() => null)]);
  } finally {
    over.abort();
  }
}
