/**
 * Who has written to a connection and waits until it has taken that. Each goes on in turn and only while there is
 * room, so that what waits here is a piece for each of them and not all that they have.
 */
export class Room {
  readonly #isFull: () => boolean;
  readonly #waiting: (() => void)[] = [];

  constructor(isFull: () => boolean) {
    this.#isFull = isFull;
  }

  /** Calls back at once when there is room and nobody waits longer. */
  wait(goOn: () => void): void {
    if (this.#waiting.length === 0 && !this.#isFull()) goOn();
    else this.#waiting.push(goOn);
  }

  /** To be called whenever it may have stopped being full. */
  look(): void {
    while (this.#waiting.length > 0 && !this.#isFull()) this.#waiting.shift()?.();
  }
}
