/** A way to a session for one of the class. */
export class Refused extends Error {}

export interface Way {
  /** Before the class comes: what nobody waits for. */
  prepare(signal: AbortSignal): Promise<void>;
  /** Resolves at the moment of "ready". @throws Refused when it was not taken. */
  press(user: string, signal: AbortSignal): Promise<void>;
  /** The page that everybody has open; null: this way has none. */
  look: ((user: string, signal: AbortSignal) => Promise<void>) | null;
  /** Resolves when all is asked to end; the caller looks whether the jobs are gone. */
  stopAll(users: readonly string[], signal: AbortSignal): Promise<void>;
}
