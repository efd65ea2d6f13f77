/** How often one session's job may call, from one address: enough for retries, too little to hurt. */
import { AppError } from "@fairway/contract/errors.ts";

const BURST = 20;
const REFILL_MS = 2000;
const MAX_ENTRIES = 10_000;

interface Bucket {
  left: number;
  at: number;
}

/** Token buckets by session *and* address: a stranger who knows a session's id cannot use up its calls. */
export class JobLimits {
  readonly #buckets = new Map<string, Bucket>();

  /** @throws too_many */
  take(session: string, address: string, nowMs: number): void {
    const key = `${session} ${address}`;
    const known = this.#buckets.get(key) ?? { left: BURST, at: nowMs };
    const left = Math.min(BURST, known.left + (nowMs - known.at) / REFILL_MS);
    this.#buckets.delete(key); // a Map keeps insertion order: put it last
    this.#buckets.set(key, { left: left < 1 ? left : left - 1, at: nowMs });
    if (this.#buckets.size > MAX_ENTRIES) this.#forgetOldest();
    if (left < 1)
      throw new AppError("too_many", "This job calls too often.", { retryAfterSeconds: Math.ceil(((1 - left) * REFILL_MS) / 1000) });
  }

  #forgetOldest(): void {
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
