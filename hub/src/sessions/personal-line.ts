/**
 * What people have done by asking, where each question starts a program as themselves: one at a time for each
 * person, and few in line. Else one of them could keep the hub's machine busy with programs, by asking alone.
 */
import { AppError } from "@fairway/contract/errors.ts";
import { Serial } from "./serial.ts";

/** More than any page or program of ours asks at once. */
const MOST_IN_LINE = 20;

export class PersonalLine {
  readonly #serial = new Serial();
  /** The one under way included. */
  readonly #inLine = new Map<string, number>();

  /** `person`: with the cluster before it, where one that hangs must not keep them from another. @throws too_many; what the work throws */
  async run<T>(person: string, work: () => Promise<T>): Promise<T> {
    const before = this.#inLine.get(person) ?? 0;
    if (before >= MOST_IN_LINE) throw new AppError("too_many", "You have asked for much at once.", { retryAfterSeconds: 5 });
    this.#inLine.set(person, before + 1);
    try {
      return await this.#serial.run(person, work);
    } finally {
      const left = (this.#inLine.get(person) ?? 1) - 1;
      if (left > 0) this.#inLine.set(person, left);
      else this.#inLine.delete(person);
    }
  }
}
