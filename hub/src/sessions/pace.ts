/**
 * So many a second, and never more in any second: a burst of that many may go at once, the next ones
 * when the first of them is a second old. A bucket of tokens would let twice as many through after a rest.
 */
export class Pace {
  readonly #now: () => number;
  readonly #most: number;
  readonly #windowMs: number;
  readonly #lately: number[] = [];

  /** `now`: in ms, by a clock that nobody sets. */
  constructor(perSecond: number, now: () => number) {
    this.#now = now;
    this.#most = Math.max(1, Math.floor(perSecond));
    this.#windowMs = (this.#most / perSecond) * 1000;
  }

  /** How long until the next one may go; 0: now. */
  waitMs(): number {
    const first = this.#lately.length < this.#most ? undefined : this.#lately[0];
    return first === undefined ? 0 : Math.max(0, Math.ceil(first + this.#windowMs - this.#now()));
  }

  /** One goes now. */
  note(): void {
    this.#lately.push(this.#now());
    if (this.#lately.length > this.#most) this.#lately.shift();
  }
}
