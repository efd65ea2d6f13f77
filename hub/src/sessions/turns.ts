/** Who may do something now when only so many may at once: fair among people, not among requests. */
export class Turns {
  #free: number;
  /** Whose turn is next goes round the people; each person's own requests keep their order. */
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(places: number) {
    this.#free = places;
  }

  /** Waits for a place, works, and gives the place back. @throws the signal's reason when aborted while waiting. */
  async take<T>(person: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#enter(person, signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(person: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const line = this.#waiting.get(person) ?? [];
      const enter = () => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = () => {
        const index = line.indexOf(enter);
        if (index >= 0) line.splice(index, 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      line.push(enter);
      this.#waiting.set(person, line);
    });
  }

  #leave(): void {
    for (const [person, line] of this.#waiting) {
      // To the end of the round, so that the others come first next time.
      this.#waiting.delete(person);
      const next = line.shift();
      if (line.length > 0) this.#waiting.set(person, line);
      if (next === undefined) continue;
      next();
      return;
    }
    this.#free += 1;
  }
}
