/** So many at a time; the others wait in the order in which they came. */
export class Slots {
  readonly #most: number;
  #limit: number;
  #taken = 0;
  readonly #waiting = new Set<() => void>();

  constructor(limit: number) {
    this.#most = limit;
    this.#limit = limit;
  }

  get taken(): number {
    return this.#taken;
  }

  /** @throws the signal's reason when it aborts first */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#taken + 1 <= this.#limit) {
      this.#taken += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(enter);
        reject(signal.reason as Error);
      };
      const enter = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      this.#waiting.add(enter);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  /** Frees one slot: for who has waited longest, unless there are fewer by now. */
  free(): void {
    this.#taken -= 1;
    this.#admit();
  }

  /** For now only so many (at least one); those who have one keep it. */
  narrow(limit: number): void {
    this.#limit = Math.max(1, Math.min(limit, this.#most));
  }

  /** It went well: after some fifty of these one more may come in again, up to the first limit. */
  widen(): void {
    this.#limit = Math.min(this.#limit + 0.02, this.#most);
  }

  #admit(): void {
    for (const enter of this.#waiting) {
      if (this.#taken + 1 > this.#limit) return;
      this.#taken += 1;
      this.#waiting.delete(enter);
      enter();
    }
  }
}
