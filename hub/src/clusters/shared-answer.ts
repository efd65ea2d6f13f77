/**
 * One answer for everybody: a question is asked while somebody wants to know, by one of them for all,
 * and never oftener than it may be. An old answer is served with its age rather than none. It asks
 * nothing by itself, so where nobody looks, nobody is asked.
 */
import { pause } from "../pause.ts";

/** What was learnt, and when the question was sent: whatever happened later is not in it. */
export interface Known<Value> {
  readonly value: Value;
  readonly asOf: number;
}

export interface SharedAnswerOptions<Value> {
  /** Rejects when there is no answer. */
  readonly ask: (signal: AbortSignal) => Promise<Value>;
  readonly now: () => number;
  /** So long an answer (or the want of one) stands before anybody is asked again. */
  readonly freshMs: number;
  /** So long it is served while a newer one is fetched; an older one is waited for. */
  readonly staleMs: number;
  /** Nobody waits longer than this; what there is, however old, is served then. */
  readonly patienceMs: number;
  /** No answer is to be expected at the moment: what there is, is served at once. */
  readonly isHopeless: () => boolean;
  readonly onError: (error: unknown) => void;
}

export class SharedAnswer<Value> {
  readonly #options: SharedAnswerOptions<Value>;
  readonly #ending = new AbortController();
  readonly #listeners = new Set<(known: Known<Value>) => void>();
  #known: Known<Value> | null = null;
  #askedAt: number | null = null;
  #asking: Promise<void> | null = null;

  constructor(options: SharedAnswerOptions<Value>) {
    this.#options = options;
  }

  /** What is known already; asks nothing. */
  peek(): Known<Value> | null {
    return this.#known;
  }

  /** Null: there has never been an answer, and there is none now. */
  async get(): Promise<Known<Value> | null> {
    const refreshing = this.#refreshIfDue();
    const mayServe = this.#known !== null && isWithin(this.#age(this.#known.asOf), this.#options.staleMs);
    if (refreshing !== null && !mayServe && !this.#options.isHopeless()) await this.#waitFor(refreshing);
    return this.#known;
  }

  /** As `get`, but waits for an answer that is younger than this, as far as there is one to be had. */
  async getYounger(ageMs = this.#options.freshMs): Promise<Known<Value> | null> {
    const refreshing = this.#refreshIfDue(ageMs);
    if (refreshing !== null) await this.#waitFor(refreshing);
    return this.#known;
  }

  /** Calls back with every new answer. Returns the way to end it. */
  onAnswer(listener: (known: Known<Value>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends what is under way, and waits for it. */
  async close(): Promise<void> {
    this.#ending.abort(new Error("the hub is ending"));
    await this.#asking;
  }

  #refreshIfDue(freshMs = this.#options.freshMs): Promise<void> | null {
    if (this.#asking !== null) return this.#asking;
    const isDue = this.#askedAt === null || !isWithin(this.#age(this.#askedAt), freshMs);
    if (!isDue || this.#ending.signal.aborted) return null;
    this.#askedAt = this.#options.now();
    this.#asking = this.#ask(this.#askedAt).finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #ask(asOf: number): Promise<void> {
    const { ask, onError } = this.#options;
    const { signal } = this.#ending;
    try {
      this.#known = { value: await ask(signal), asOf };
      for (const listener of this.#listeners) listener(this.#known);
    } catch (error) {
      // Not known is an answer, too: what was known before stays, with its age.
      if (!signal.aborted) onError(error);
    }
  }

  async #waitFor(asking: Promise<void>): Promise<void> {
    const over = new AbortController();
    await Promise.race([asking, pause(this.#options.patienceMs, over.signal)]);
    over.abort();
  }

  #age(time: number): number {
    return this.#options.now() - time;
  }
}

/** A clock that was set back makes an age negative: nothing is known of it, so it counts as old. */
const isWithin = (ageMs: number, limitMs: number) => ageMs >= 0 && ageMs < limitMs;
