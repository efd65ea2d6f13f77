/**
 * Trial submissions (`sbatch --test-only`): what the scheduler itself says of a job it is not given. Run
 * as the person, for the answer depends on what they may use. Each costs a call and uses up a job id,
 * so an answer stands for a minute, a person asks one thing at a time, and only a few are asked at once.
 *
 * What a trial does not see (Slurm 24.11): limits on how many jobs may run. What it adds: a guess of how
 * long the pending jobs of that partition with the same or a higher priority will take.
 */
import type { Resources } from "@fairway/contract/sessions.ts";
import type { TrialResult } from "../schedulers/facts.ts";
import { type JobRequest, type SchedulerInsight, SchedulerUnavailable } from "../schedulers/types.ts";
import { Serial } from "../sessions/serial.ts";
import { Turns } from "../sessions/turns.ts";
import type { Cluster } from "./cluster.ts";

/** What there is to ask about: all of a launch that decides when it starts. */
export interface Shape {
  readonly user: string;
  readonly app: string;
  readonly resources: Resources;
}

export interface Trial {
  readonly result: TrialResult;
  readonly asOf: number;
}

export interface Trials {
  /** An answer that is at most a minute old. @throws SchedulerUnavailable */
  ask(shape: Shape): Promise<Trial>;
  /** The queue has changed by something of theirs: what was said before does not count any more. */
  forget(user: string): void;
  /** Ends what is under way, and waits for it. */
  close(): Promise<void>;
}

const FRESH_MS = 60_000;
const AT_ONCE = 3;
/** A form asks one thing after the other; who has more than this in line has asked in vain. */
const WAITING_PER_PERSON = 12;

/** Null: this cluster is not asked so, because the site says so or its scheduler cannot be. */
export function createTrials(cluster: Cluster, now: () => number): Trials | null {
  const { insight } = cluster.scheduler;
  return insight === null || !cluster.config.trials ? null : new ClusterTrials(cluster, insight, now);
}

class ClusterTrials implements Trials {
  readonly #cluster: Cluster;
  readonly #insight: SchedulerInsight;
  readonly #now: () => number;
  readonly #ending = new AbortController();
  readonly #turns = new Turns(AT_ONCE);
  readonly #serial = new Serial();
  readonly #waiting = new Map<string, number>();
  readonly #underWay = new Set<Promise<Trial>>();
  /** By person and shape; those under way included. Oldest first. */
  readonly #answers = new Map<string, { user: string; askedAt: number; trial: Promise<Trial> }>();

  constructor(cluster: Cluster, insight: SchedulerInsight, now: () => number) {
    this.#cluster = cluster;
    this.#insight = insight;
    this.#now = now;
  }

  async ask(shape: Shape): Promise<Trial> {
    this.#forgetOld();
    const key = JSON.stringify([shape.user, shape.app, shape.resources]);
    const known = this.#answers.get(key);
    if (known !== undefined) return known.trial;
    const answer = { user: shape.user, askedAt: this.#now(), trial: this.#inTurn(shape) };
    this.#answers.set(key, answer);
    this.#underWay.add(answer.trial);
    try {
      return await answer.trial;
    } catch (error) {
      // That it could not be asked is no answer.
      if (this.#answers.get(key) === answer) this.#answers.delete(key);
      throw error;
    } finally {
      this.#underWay.delete(answer.trial);
    }
  }

  forget(user: string): void {
    for (const [key, answer] of this.#answers) if (answer.user === user) this.#answers.delete(key);
  }

  async close(): Promise<void> {
    this.#ending.abort(new SchedulerUnavailable("the hub is ending"));
    await Promise.allSettled(this.#underWay);
  }

  async #inTurn(shape: Shape): Promise<Trial> {
    const { user } = shape;
    const waiting = this.#waiting.get(user) ?? 0;
    if (waiting >= WAITING_PER_PERSON) throw new SchedulerUnavailable("too many questions at once");
    this.#waiting.set(user, waiting + 1);
    try {
      return await this.#serial.run(user, () => this.#turns.take(user, this.#ending.signal, () => this.#try(shape)));
    } finally {
      const left = (this.#waiting.get(user) ?? 1) - 1;
      if (left > 0) this.#waiting.set(user, left);
      else this.#waiting.delete(user);
    }
  }

  async #try(shape: Shape): Promise<Trial> {
    const { transport, config } = this.#cluster;
    const asOf = this.#now();
    const options = { timeoutMs: config.command_timeout, signal: this.#ending.signal };
    return { result: await this.#insight.trial(transport.actAs, toTrialRequest(shape), options), asOf };
  }

  #forgetOld(): void {
    const now = this.#now();
    for (const [key, { askedAt }] of this.#answers) if (now - askedAt >= FRESH_MS || askedAt > now) this.#answers.delete(key);
  }
}

/** No session stands behind it, and no value of one: it is never started. */
function toTrialRequest({ user, app, resources }: Shape): JobRequest {
  return { user, app, resources, jobName: "fw-trial", sessionId: "trial", workingDirectory: null, comment: "{}", values: {} };
}
