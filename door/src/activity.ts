/** Which sessions are in use over SSH, told to the hub now and then: what nobody uses is stopped where a profile says so. */
import type { Logger } from "pino";
import type { HubClient } from "./hub-client.ts";

export class Activity {
  readonly #hub: Pick<HubClient, "reportActivity">;
  readonly #clock: () => number;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  #seen = new Map<string, number>();

  constructor(hub: Pick<HubClient, "reportActivity">, everyMs: number, clock: () => number, logger: Logger) {
    this.#hub = hub;
    this.#clock = clock;
    this.#logger = logger;
    this.#timer = setInterval(() => void this.#report(), everyMs);
  }

  /** Something went to or fro. */
  note(sessionId: string): void {
    this.#seen.set(sessionId, this.#clock());
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#report();
  }

  async #report(): Promise<void> {
    const seen = this.#seen;
    if (seen.size === 0) return;
    this.#seen = new Map();
    try {
      await this.#hub.reportActivity(Object.fromEntries(seen));
    } catch (error) {
      // Told again the next time, unless something newer was seen by then.
      for (const [id, at] of seen) if (!this.#seen.has(id)) this.#seen.set(id, at);
      this.#logger.debug({ err: error }, "what is in use could not be told; the next time");
    }
  }
}
