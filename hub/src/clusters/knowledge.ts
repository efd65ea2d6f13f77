/**
 * What is known of a cluster beside our own jobs: its rules, which change by the day, and its present,
 * which changes by the minute. One per cluster, shared by everybody; asked only while somebody looks.
 */
import type { Present, Rules } from "../schedulers/facts.ts";
import type { Cluster } from "./cluster.ts";
import { type Known, SharedAnswer } from "./shared-answer.ts";

export type { Known } from "./shared-answer.ts";

/** All answer null when nothing is known: the scheduler has nothing to tell, or has never answered yet. */
export interface ClusterKnowledge {
  /** A few minutes old at most while the cluster answers; else the last that was known. */
  rules(): Promise<Known<Rules> | null>;
  /** As `rules`, but half a minute old at most: before somebody is told no. */
  freshRules(): Promise<Known<Rules> | null>;
  /** A minute old at most while the cluster answers, mostly less than a quarter of that. */
  present(): Promise<Known<Present> | null>;
  /** As `present`, but waits for one that need not be renewed. For loops, not for viewers. */
  freshPresent(): Promise<Known<Present> | null>;
  /** What is known already; asks nothing. */
  peekRules(): Known<Rules> | null;
  peekPresent(): Known<Present> | null;
  /** Calls back with each new present, whoever had it fetched. Returns the way to end it. */
  onPresent(listener: (known: Known<Present>) => void): () => void;
  /** Ends what is under way, and waits for it. */
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;
const RULES_AGE = { freshMs: 5 * MINUTE_MS, staleMs: 60 * MINUTE_MS };
const BEFORE_A_NO_MS = 30_000;
const PRESENT_AGE = { freshMs: 15_000, staleMs: MINUTE_MS };
/** A form must not hang for a slow controller: without an answer it shows what it has. */
const PATIENCE_MS = 5000;

export interface KnowledgeOptions {
  readonly cluster: Cluster;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

export function createKnowledge({ cluster, now, onError }: KnowledgeOptions): ClusterKnowledge {
  const { insight } = cluster.scheduler;
  if (insight === null) return NOTHING_TO_KNOW;
  const { exec } = cluster.transport;
  const shared = { now, onError, patienceMs: PATIENCE_MS, isHopeless: () => cluster.health.awaySince !== null };
  const toCall = (signal: AbortSignal) => ({ timeoutMs: cluster.config.command_timeout, signal });
  const rules: SharedAnswer<Rules> = new SharedAnswer({
    ...shared,
    ...RULES_AGE,
    ask: async (signal) => completeRules(await insight.rules(exec, toCall(signal)), rules.peek()?.value ?? null),
  });
  const present = new SharedAnswer({ ...shared, ...PRESENT_AGE, ask: (signal) => insight.present(exec, toCall(signal)) });
  return {
    rules: () => rules.get(),
    freshRules: () => rules.getYounger(BEFORE_A_NO_MS),
    present: () => present.get(),
    freshPresent: () => present.getYounger(),
    peekRules: () => rules.peek(),
    peekPresent: () => present.peek(),
    onPresent: (listener) => present.onAnswer(listener),
    async close() {
      await Promise.all([rules.close(), present.close()]);
    },
  };
}

/** While accounting is away, what it said last still holds; the partitions are of now. */
function completeRules(rules: Rules, before: Rules | null): Rules {
  if (rules.isAccountingAway !== true || before === null) return rules;
  const { associations, accountParents, enforcesQos, qos } = before;
  return { ...rules, associations, accountParents, enforcesQos, qos };
}

/** The local scheduler's: it starts everything at once, and has no rules. */
export const NOTHING_TO_KNOW: ClusterKnowledge = {
  rules: async () => null,
  freshRules: async () => null,
  present: async () => null,
  freshPresent: async () => null,
  peekRules: () => null,
  peekPresent: () => null,
  onPresent: () => () => {},
  close: async () => {},
};
