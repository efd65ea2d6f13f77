/**
 * The server's time, as well as this browser can know it, ticking once a second while anybody looks.
 * It owns one interval, and only while it has listeners.
 */
export class Clock {
  readonly #localNow: () => number;
  readonly #listeners = new Set<() => void>();
  #skewMs = 0;
  #tickMs: number;
  #interval: ReturnType<typeof setInterval> | undefined;

  constructor(localNow: () => number) {
    this.#localNow = localNow;
    this.#tickMs = localNow();
  }

  /** Differences under two seconds are the network's, not the clock's. */
  setServerTime(nowMs: number): void {
    const skewMs = nowMs - this.#localNow();
    this.#skewMs = Math.abs(skewMs) < 2000 ? 0 : skewMs;
  }

  now(): number {
    return this.#localNow() + this.#skewMs;
  }

  /** The time of the last tick: stable between ticks, as React asks of a snapshot. */
  readonly lastTick = (): number => this.#tickMs;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#interval === undefined) {
      this.#tickMs = this.now();
      this.#interval = setInterval(() => this.#tick(), 1000);
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#interval);
      this.#interval = undefined;
    };
  };

  #tick(): void {
    this.#tickMs = this.now();
    for (const listener of this.#listeners) listener();
  }
}
