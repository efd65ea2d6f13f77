/**
 * One way out (mail, or one webhook) with its own line: so many at a time, tried again with growing
 * gaps and not for ever. Off every hot path: a server that is down costs memory for a bounded number
 * of messages, a line in the log when it fails and one when it works again, and nothing else.
 */

/** It will never be taken, however often it is tried. */
export class NeverTaken extends Error {
  override readonly name = "NeverTaken";
}

export interface DeliveryOptions<T> {
  /** Sends one. @throws NeverTaken when another try is useless, anything else when it is not. */
  readonly send: (item: T, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  readonly onFailure: (error: unknown, next: "retry" | "give up") => void;
  /** What was never taken and will not be tried again, since the hub ends. */
  readonly onDropped: (items: readonly T[]) => void;
  readonly retryAfterMs?: readonly number[];
  /** Beyond so many the oldest is given up. */
  readonly capacity?: number;
  readonly atOnce?: number;
}

interface Entry<T> {
  readonly item: T;
  readonly expiresAt: number | null;
  dueAt: number;
  tries: number;
}

const RETRY_AFTER_MS = [10_000, 60_000, 300_000, 900_000, 1_800_000];
const LAST_MOMENT_MS = 3000;

export class Delivery<T> {
  readonly #options: DeliveryOptions<T>;
  readonly #waiting: Entry<T>[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: DeliveryOptions<T>) {
    this.#options = options;
  }

  /** `expiresAt` (epoch ms): afterwards it is no longer worth being sent; null: always. */
  put(item: T, expiresAt: number | null): void {
    if (this.#isClosed) return;
    const { capacity = 1000, onFailure, now } = this.#options;
    this.#waiting.push({ item, expiresAt, dueAt: now(), tries: 0 });
    if (this.#waiting.length > capacity) {
      this.#waiting.shift();
      onFailure(new Error(`more than ${capacity} messages wait`), "give up");
    }
    this.#pump();
  }

  /** What was not tried yet is, for a moment: it stands in its row as told, and the next hub will not tell it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const waiting = this.#waiting.splice(0);
    const dropped = waiting.filter(({ tries }) => tries > 0);
    this.#waiting.push(...waiting.filter(({ tries }) => tries === 0));
    const lastMoment = setTimeout(() => {
      dropped.push(...this.#waiting.splice(0));
      this.#ending.abort(new Error("the hub ends"));
    }, LAST_MOMENT_MS);
    this.#pump();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    clearTimeout(lastMoment);
    // Some still wait where the clock went back.
    dropped.push(...this.#waiting.splice(0));
    if (dropped.length > 0) this.#options.onDropped(dropped.map(({ item }) => item));
  }

  #pump(): void {
    clearTimeout(this.#timer);
    const { atOnce = 4, now } = this.#options;
    while (this.#underWay.size < atOnce) {
      const index = this.#waiting.findIndex((entry) => entry.dueAt <= now());
      const [entry] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (entry === undefined) break;
      const work = this.#try(entry).finally(() => {
        this.#underWay.delete(work);
        this.#pump();
      });
      this.#underWay.add(work);
    }
    if (this.#isClosed || this.#waiting.length === 0 || this.#underWay.size >= atOnce) return;
    const next = Math.min(...this.#waiting.map((entry) => entry.dueAt));
    this.#timer = setTimeout(() => this.#pump(), Math.max(0, next - now()));
    // Whoever waits for a mail server does not keep a process alive that has nothing else to do.
    this.#timer.unref();
  }

  /** Never throws. */
  async #try(entry: Entry<T>): Promise<void> {
    const { send, now, onFailure, retryAfterMs = RETRY_AFTER_MS } = this.#options;
    if (entry.expiresAt !== null && now() >= entry.expiresAt) return;
    try {
      await unlessAborted(this.#ending.signal, send(entry.item, this.#ending.signal));
    } catch (error) {
      const gap = error instanceof NeverTaken || this.#isClosed ? undefined : retryAfterMs[entry.tries];
      onFailure(error, gap === undefined ? "give up" : "retry");
      if (gap === undefined) return;
      entry.tries += 1;
      entry.dueAt = now() + gap;
      this.#waiting.push(entry);
    }
  }
}

/** A mail server that says nothing is waited for by its client's own patience, which is longer than a hub's end may take. */
async function unlessAborted(signal: AbortSignal, work: Promise<void>): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
