/**
 * The line of launches to one cluster: so many at a time and so many a second, fairly among people, each
 * with a place that can be told. It sends nothing itself, and stops do not stand in it.
 */
import type { Cluster } from "../clusters/cluster.ts";
import { pause } from "../pause.ts";
import { Pace } from "./pace.ts";
import { Turns } from "./turns.ts";

interface Waiting {
  readonly id: string;
  readonly user: string;
}

export class SubmitLine {
  readonly #turns: Turns;
  readonly #withdrawals = new Map<string, AbortController>();

  /** `now`: in ms, by a clock that nobody sets. */
  constructor(config: Pick<Cluster["config"], "submit_concurrency" | "submit_rate">, now: () => number) {
    this.#turns = new Turns(config.submit_concurrency, new Pace(config.submit_rate, now));
  }

  /** Does `send` when its turn has come. @returns null when it was withdrawn before. @throws the signal's reason. */
  async send<T>({ id, user }: Waiting, signal: AbortSignal, send: () => Promise<T>): Promise<T | null> {
    const withdrawal = new AbortController();
    this.#withdrawals.set(id, withdrawal);
    const either = AbortSignal.any([signal, withdrawal.signal]);
    const begin = () => {
      this.#withdrawals.delete(id); // it has had its turn
      return send();
    };
    try {
      return await this.#turns.take(user, either, begin, id);
    } catch (error) {
      if (withdrawal.signal.aborted && error === withdrawal.signal.reason) return null;
      throw error;
    } finally {
      this.#withdrawals.delete(id);
    }
  }

  /** It is not to be sent any more. One whose turn has come already is left alone. */
  withdraw(id: string): void {
    this.#withdrawals.get(id)?.abort(new Error("it is not to be sent any more"));
  }

  /** So many are sent before it, as it stands; null: it does not wait here. */
  placeOf(id: string): number | null {
    return this.#turns.placeOf(id);
  }

  /** Of all that wait, first the one that is next. */
  places(): ReadonlyMap<string, number> {
    return this.#turns.places();
  }
}

/** One line for each cluster. */
export class SubmitLines {
  readonly #lines: ReadonlyMap<string, SubmitLine>;

  constructor(clusters: ReadonlyMap<string, Cluster>, now: () => number = () => performance.now()) {
    this.#lines = new Map([...clusters].map(([name, { config }]) => [name, new SubmitLine(config, now)]));
  }

  /** @throws when there is no such cluster. */
  to(cluster: string): SubmitLine {
    const line = this.#lines.get(cluster);
    if (line === undefined) throw new Error(`there is no line to a cluster ${cluster}`);
    return line;
  }

  /** As `SubmitLine.withdraw`. */
  withdraw(session: { readonly id: string; readonly cluster: string }): void {
    this.#lines.get(session.cluster)?.withdraw(session.id);
  }

  /** So many are sent to its cluster before it, as it stands; null: it does not wait in our line. */
  placeOf(session: { readonly id: string; readonly cluster: string }): number | null {
    return this.#lines.get(session.cluster)?.placeOf(session.id) ?? null;
  }

  /**
   * Until aborted: calls back for each session whose place has changed since it was last told, after at
   * least a second, and for at most `TOLD_PER_SECOND` sessions a second however long the lines are.
   */
  async tellMoves(onMove: (sessionId: string) => void, signal: AbortSignal): Promise<void> {
    let told: ReadonlyMap<string, number> = new Map();
    while (!signal.aborted) {
      const places = new Map([...this.#lines.values()].flatMap((line) => [...line.places()]));
      for (const [id, place] of places) if (told.get(id) !== place) onMove(id);
      told = places;
      await pause(Math.max(TELL_EVERY_MS, (places.size / TOLD_PER_SECOND) * 1000), signal);
    }
  }
}

const TELL_EVERY_MS = 1000;
const TOLD_PER_SECOND = 100;
