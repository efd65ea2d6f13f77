/**
 * Slows down guessing: failures are counted per address and per user name, in memory, bounded. Only
 * failures count, and nobody is locked out for long: a stranger's failures may delay a person by
 * `MAX_USER_DELAY_MS` at most.
 */
import { AppError } from "@fairway/contract/errors.ts";
import { FailureCounters, toNetwork } from "./failure-counters.ts";

const FREE_FAILURES = { address: 20, user: 5 };
const MAX_ADDRESS_DELAY_MS = 15 * 60_000;
const MAX_USER_DELAY_MS = 60_000;
/** Each check may be a process or a memory-hard hash. */
const MAX_CHECKS_AT_ONCE = 16;
/** A class that signs in at nine o'clock waits a moment; a flood is sent away. */
const MAX_WAITING = 200;

export interface Guesser {
  readonly address: string;
  /** Null for what nobody guesses, such as a token: a stranger's wrong ones must not keep its owner waiting. */
  readonly user: string | null;
}

export class SignInLimits {
  readonly #addresses: FailureCounters;
  readonly #users: FailureCounters;
  #checking = 0;
  readonly #line: (() => void)[] = [];

  constructor(options: { maxEntries?: number } = {}) {
    const { maxEntries = 10_000 } = options;
    this.#addresses = new FailureCounters(FREE_FAILURES.address, MAX_ADDRESS_DELAY_MS, maxEntries);
    this.#users = new FailureCounters(FREE_FAILURES.user, MAX_USER_DELAY_MS, maxEntries);
  }

  /**
   * Runs one check of a password or a token. It counts as a failure from its start, so that a thousand guesses
   * sent at once are a thousand failures; a right one is taken back.
   * @param check true: right; false: wrong; a throw ("could not ask") counts for nothing.
   * @throws too_many with the time to wait.
   */
  async attempt(who: Guesser, nowMs: number, check: () => Promise<boolean>): Promise<boolean> {
    const address = toNetwork(who.address);
    this.#ensureAllowed(address, who.user, nowMs);
    await this.#enter();
    try {
      // Those before it in the line may have been failures of the same address or name.
      this.#ensureAllowed(address, who.user, nowMs);
      return await this.#check(address, who.user, nowMs, check);
    } finally {
      this.#leave();
    }
  }

  #ensureAllowed(address: string, user: string | null, nowMs: number): void {
    const waitMs = Math.max(this.#addresses.waitMs(address, nowMs), user === null ? 0 : this.#users.waitMs(user, nowMs));
    if (waitMs > 0) throw tooMany(waitMs);
  }

  async #check(address: string, user: string | null, nowMs: number, check: () => Promise<boolean>): Promise<boolean> {
    this.#addresses.add(address, nowMs);
    if (user !== null) this.#users.add(user, nowMs);
    let verdict: boolean | null = null;
    try {
      verdict = await check();
      return verdict;
    } finally {
      if (verdict !== false) this.#addresses.takeBack(address);
      if (user !== null && verdict === null) this.#users.takeBack(user);
      if (user !== null && verdict === true) this.#users.clear(user);
    }
  }

  /** Resolves at once while there is room, so that what comes all at once is counted all at once. */
  async #enter(): Promise<void> {
    if (this.#checking < MAX_CHECKS_AT_ONCE) {
      this.#checking += 1;
      return;
    }
    if (this.#line.length >= MAX_WAITING) throw tooMany(2000);
    await new Promise<void>((resolve) => this.#line.push(resolve));
  }

  /** The place goes to who is next, if anybody is. */
  #leave(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#checking -= 1;
    else next();
  }
}

function tooMany(waitMs: number): AppError {
  const seconds = Math.ceil(waitMs / 1000);
  return new AppError("too_many", `Too many failed sign-ins. Try again in ${seconds} s.`, { retryAfterSeconds: seconds });
}
