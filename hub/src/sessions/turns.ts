/**
 * Who may do something now when only so many may at once, and only so many a second: fair among people,
 * not among requests. It knows nothing of what is done.
 */
import type { Pace } from "./pace.ts";

interface Waiter {
  readonly person: string;
  /** To be asked after by. */
  readonly id: string | null;
  readonly enter: () => void;
}

export class Turns {
  #free: number;
  readonly #pace: Pace | null;
  /** Whose turn is next goes round the people; each person's own requests keep their order. */
  readonly #waiting = new Map<string, Waiter[]>();
  readonly #byId = new Map<string, Waiter>();
  #timer: NodeJS.Timeout | null = null;

  constructor(places: number, pace: Pace | null = null) {
    this.#free = places;
    this.#pace = pace;
  }

  /** Waits for a place, works, and gives the place back. @throws the signal's reason when aborted while waiting. */
  async take<T>(person: string, signal: AbortSignal, work: () => Promise<T>, id: string | null = null): Promise<T> {
    await this.#enter(person, signal, id);
    try {
      return await work();
    } finally {
      this.#free += 1;
      this.#admit();
    }
  }

  /** How many have their turn before each of those who wait, in order. Who comes later may yet come between. */
  places(): ReadonlyMap<string, number> {
    const lines = [...this.#waiting.values()];
    const places = new Map<string, number>();
    let ahead = 0;
    for (let round = 0; lines.some((line) => line.length > round); round += 1) {
      for (const line of lines) {
        const waiter = line[round];
        if (waiter === undefined) continue;
        if (waiter.id !== null) places.set(waiter.id, ahead);
        ahead += 1;
      }
    }
    return places;
  }

  /** As `places` says it of one, for less; null: it does not wait. */
  placeOf(id: string): number | null {
    const waiter = this.#byId.get(id);
    if (waiter === undefined) return null;
    const round = this.#waiting.get(waiter.person)?.indexOf(waiter) ?? 0;
    let ahead = 0;
    let isAfter = false;
    for (const [person, line] of this.#waiting) {
      if (person === waiter.person) isAfter = true;
      ahead += Math.min(line.length, isAfter ? round : round + 1);
    }
    return ahead;
  }

  async #enter(person: string, signal: AbortSignal, id: string | null): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      const waiter: Waiter = { person, id, enter };
      const giveUp = () => {
        this.#remove(waiter);
        this.#admit();
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.#waiting.set(person, [...(this.#waiting.get(person) ?? []), waiter]);
      if (id !== null) this.#byId.set(id, waiter);
      this.#admit();
    });
  }

  #remove({ person, id, enter }: Waiter): void {
    const rest = (this.#waiting.get(person) ?? []).filter((waiter) => waiter.enter !== enter);
    if (rest.length > 0) this.#waiting.set(person, rest);
    else this.#waiting.delete(person);
    if (id !== null) this.#byId.delete(id);
  }

  /** Lets in whom places and pace allow. The timer for the pace is there only while somebody waits. */
  #admit(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    for (const [person, [next]] of this.#waiting) {
      if (this.#free === 0 || next === undefined) return;
      const waitMs = this.#pace?.waitMs() ?? 0;
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#admit(), waitMs);
        return;
      }
      this.#free -= 1;
      this.#pace?.note();
      this.#remove(next);
      this.#toEndOfRound(person);
      next.enter();
    }
  }

  /** So that the others come first next time. */
  #toEndOfRound(person: string): void {
    const line = this.#waiting.get(person);
    if (line === undefined) return;
    this.#waiting.delete(person);
    this.#waiting.set(person, line);
  }
}
