/**
 * Counts what may be an attack, and says how long to wait before the next try: twice as long each time once the
 * free ones are used up. In memory, bounded; it knows no names and no reasons.
 */
const FIRST_DELAY_MS = 1000;
/** A counter that saw no failure for so long begins anew. */
const FORGET_AFTER_MS = 30 * 60_000;

interface Counter {
  failures: number;
  lastAt: number;
}

/** By key, the longest unused forgotten first when there are too many. */
export class FailureCounters {
  readonly #counters = new Map<string, Counter>();
  readonly #free: number;
  readonly #maxDelayMs: number;
  readonly #maxEntries: number;

  constructor(free: number, maxDelayMs: number, maxEntries: number) {
    this.#free = free;
    this.#maxDelayMs = maxDelayMs;
    this.#maxEntries = maxEntries;
  }

  waitMs(key: string, nowMs: number): number {
    const counter = this.#counters.get(key);
    if (counter === undefined || counter.failures < this.#free) return 0;
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (counter.failures - this.#free), this.#maxDelayMs);
    return Math.max(0, counter.lastAt + delayMs - nowMs);
  }

  add(key: string, nowMs: number): void {
    const known = this.#counters.get(key);
    const isRecent = known !== undefined && nowMs - known.lastAt < FORGET_AFTER_MS;
    this.#counters.delete(key); // a Map keeps insertion order: put it last
    this.#counters.set(key, { failures: (isRecent ? known.failures : 0) + 1, lastAt: nowMs });
    if (this.#counters.size <= this.#maxEntries) return;
    const [oldest] = this.#counters.keys();
    if (oldest !== undefined) this.#counters.delete(oldest);
  }

  takeBack(key: string): void {
    const counter = this.#counters.get(key);
    if (counter === undefined) return;
    counter.failures -= 1;
    if (counter.failures <= 0) this.#counters.delete(key);
  }

  clear(key: string): void {
    this.#counters.delete(key);
  }
}

/** One household or host has a whole IPv6 /64: it is one address for us. */
export function toNetwork(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = "", tail = ""] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === "" ? [] : tail.split(":");
  const zeros = address.includes("::") ? Math.max(0, 8 - before.length - after.length) : 0;
  return [...before, ...Array<string>(zeros).fill("0"), ...after].slice(0, 4).join(":");
}
