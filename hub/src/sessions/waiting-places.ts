/**
 * Where each waiting session stands, and when it is to start: taken from what everybody shares of a
 * cluster's present, which is fetched for this only while a session of ours waits there. Viewers are told
 * when something changes that they would notice, never oftener than the present is renewed.
 */
import type { ExpectedStart, Session } from "@fairway/contract/sessions.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { Estimates } from "../clusters/estimates.ts";
import type { ClusterKnowledge, Known } from "../clusters/knowledge.ts";
import { toTrialDelayMs } from "../clusters/room.ts";
import { isNoticeable, type QueuePlace, rankQueue, type ToldPlace } from "../clusters/waiting.ts";
import { pause } from "../pause.ts";
import type { Present } from "../schedulers/facts.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import type { SessionChanges } from "./changes.ts";

export interface WaitingOptions {
  readonly store: SessionStore;
  readonly changes: SessionChanges;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly knowledge: ReadonlyMap<string, ClusterKnowledge>;
  readonly estimates: ReadonlyMap<string, Estimates>;
  /** So many are sent before it; null: it does not stand in our own line. */
  readonly placeInLine: (row: SessionRow) => number | null;
  readonly now: () => number;
  readonly pace?: WaitingPace;
  readonly onError: (error: unknown) => void;
}

export interface WaitingPace {
  /** Between two looks at the queue. */
  readonly everyMs: number;
  /** The same while a session has just begun to wait and has no place yet. */
  readonly soonMs: number;
  /** How long a trial's answer is good enough for a session that the scheduler has no plan for. */
  readonly trialMs: number;
}

const DEFAULT_PACE: WaitingPace = { everyMs: 30_000, soonMs: 5000, trialMs: 300_000 };
/** A session that has no place for so long will not get one by our looking oftener. */
const JUST_NOW_MS = 60_000;
/** Trials in one round, so that a full queue is not answered by as many submissions. */
const TRIALS_PER_ROUND = 2;

interface Entry {
  row: SessionRow;
  place: (QueuePlace & { readonly asOf: number }) | null;
  /** What a trial said of the same shape; `at` null: nothing that helps. */
  trial: { readonly at: number | null; readonly asOf: number } | null;
  told: ToldPlace | null;
}

export class WaitingPlaces {
  readonly #options: WaitingOptions;
  readonly #pace: WaitingPace;
  /** By cluster, then by session. */
  readonly #waiting: ReadonlyMap<string, Map<string, Entry>>;
  readonly #wakes = new Map<string, () => void>();

  constructor(options: WaitingOptions) {
    this.#options = options;
    this.#pace = options.pace ?? DEFAULT_PACE;
    this.#waiting = new Map([...options.clusters.keys()].map((name) => [name, new Map()]));
  }

  /** What its viewers see of its waiting; null: it does not wait, or nothing is known yet. */
  of(row: SessionRow): Session["waiting"] {
    if (row.state === "requested" || row.state === "submitting") return { kind: "sending", ahead: this.#options.placeInLine(row) ?? 0 };
    if (!isQueued(row)) return null;
    const entry = this.#waiting.get(row.cluster)?.get(row.id);
    if (entry?.place == null) return null;
    const { partition, ahead, of, asOf } = entry.place;
    return { kind: "queue", partition, ahead, of, expectedStart: toExpectedStart(entry, this.#options.now()), asOf };
  }

  /** Until aborted; resolves when all has come to rest. */
  async run(signal: AbortSignal): Promise<void> {
    const { changes, clusters, store } = this.#options;
    const stopListening = changes.onChange(({ row }) => this.#note(row));
    try {
      for (const name of clusters.keys()) for (const row of await store.openOfCluster(name)) this.#note(row);
      await Promise.all([...clusters.keys()].map((name) => this.#follow(name, signal)));
    } finally {
      stopListening();
    }
  }

  #note(row: SessionRow): void {
    const waiting = this.#waiting.get(row.cluster);
    if (waiting === undefined) return;
    const entry = waiting.get(row.id);
    if (!isQueued(row)) waiting.delete(row.id);
    else if (entry !== undefined) entry.row = row;
    else {
      waiting.set(row.id, { row, place: null, trial: null, told: null });
      this.#wakes.get(row.cluster)?.();
    }
  }

  async #follow(name: string, signal: AbortSignal): Promise<void> {
    const { knowledge, onError } = this.#options;
    const known = knowledge.get(name);
    const waiting = this.#waiting.get(name);
    if (known === undefined || waiting === undefined) return;
    // Also what others had fetched: nobody is told less than is known.
    const stopListening = known.onPresent((present) => this.#take(waiting, present));
    try {
      while (!signal.aborted) {
        const woken = new AbortController();
        this.#wakes.set(name, () => woken.abort());
        try {
          if (waiting.size > 0) await orAborted(this.#look(name, known, waiting), signal);
        } catch (error) {
          onError(error);
        }
        // Many begin to wait in one moment: they are looked for together.
        await pause(this.#pace.soonMs, signal);
        const rest = waiting.size === 0 ? FOREVER_MS : this.#isAnyNew(waiting) ? 0 : this.#pace.everyMs - this.#pace.soonMs;
        if (rest > 0) await pause(rest, AbortSignal.any([signal, woken.signal]));
      }
    } finally {
      stopListening();
    }
  }

  async #look(name: string, known: ClusterKnowledge, waiting: ReadonlyMap<string, Entry>): Promise<void> {
    const present = await known.freshPresent();
    if (present === null) return;
    this.#take(waiting, present);
    await this.#tryUnplanned(name, waiting, known, present.value);
  }

  #take(waiting: ReadonlyMap<string, Entry>, { value, asOf }: Known<Present>): void {
    if (waiting.size === 0) return;
    const placeOf = rankQueue(value.pending);
    for (const entry of waiting.values()) {
      const place = entry.row.jobId === null ? null : placeOf(entry.row.jobId);
      // Missing from a list that was asked for before it was sent, or one that hides jobs, says nothing.
      if (place !== null) entry.place = { ...place, asOf };
      this.#tell(entry);
    }
  }

  /** For those that are in the queue for their turn, and not in the scheduler's plan: the longest untried first. */
  async #tryUnplanned(name: string, waiting: ReadonlyMap<string, Entry>, known: ClusterKnowledge, present: Present): Promise<void> {
    const { estimates, now, clusters } = this.#options;
    if (clusters.get(name)?.config.trials !== true) return;
    const due = [...waiting.values()]
      .filter(
        ({ place, trial }) =>
          place !== null && place.plannedStart === null && waitsForTurn(place.reason) && isOld(trial, now(), this.#pace.trialMs),
      )
      .toSorted((one, other) => (one.trial?.asOf ?? 0) - (other.trial?.asOf ?? 0));
    for (const entry of due.slice(0, TRIALS_PER_ROUND)) {
      const { user, app, resources } = entry.row;
      const outlook = await estimates.get(name)?.outlook({ user, app, resources });
      const rules = (await known.rules())?.value ?? null;
      // A trial is of one more such job, for which this one's own wait counts. That it would start now is no news of a job that does not.
      const isTold = outlook?.kind === "at" && rules !== null;
      entry.trial = isTold ? { at: outlook.at - toTrialDelayMs(resources, rules, present), asOf: outlook.asOf } : { at: null, asOf: now() };
      this.#tell(entry);
    }
  }

  #tell(entry: Entry): void {
    const { now, changes, onError } = this.#options;
    const { place } = entry;
    const startsAt = toExpectedStart(entry, now())?.at ?? null;
    const next = place === null ? null : { partition: place.partition, ahead: place.ahead, startsAt };
    if (!isNoticeable(entry.told, next, now())) return;
    entry.told = next;
    changes.retell(entry.row.id).catch(onError);
  }

  /** Has one begun to wait just now, so that the last present cannot know it yet? */
  #isAnyNew(waiting: ReadonlyMap<string, Entry>): boolean {
    const since = this.#options.now() - JUST_NOW_MS;
    return [...waiting.values()].some(({ place, row }) => place === null && row.stateSince > since);
  }
}

const FOREVER_MS = 3_600_000;

/** What is still under way at the end is ended by its own owner, and nobody listens to it any more. */
async function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([work, pause(FOREVER_MS, AbortSignal.any([signal, over.signal]))]);
  } finally {
    over.abort();
    work.catch(() => {});
  }
}

const isQueued = (row: SessionRow) => row.state === "pending" || row.state === "held";

const isOld = (trial: Entry["trial"], now: number, limitMs: number) => trial === null || now - trial.asOf >= limitMs;

/** It has what it takes to start but room: what else holds a job back, a trial does not look at. */
const waitsForTurn = (reason: string | null) => reason === null || ["None", "Priority", "Resources"].includes(reason);

/** A moment that has passed is no plan. */
function toExpectedStart({ place, trial }: Entry, now: number): ExpectedStart | null {
  if (place === null) return null;
  if (place.plannedStart !== null) return place.plannedStart > now ? { at: place.plannedStart, asOf: place.asOf, source: "queue" } : null;
  if (trial?.at == null || trial.at <= now || !waitsForTurn(place.reason)) return null;
  return { at: trial.at, asOf: trial.asOf, source: "trial" };
}
