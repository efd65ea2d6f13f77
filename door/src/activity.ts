/** Which sessions are in use over SSH, told to the hub now and then: what nobody uses is stopped where a profile says so. */
import type { Logger } from "pino";
import type { HubClient } from "./hub-client.ts";

/** VS Code's have some 20 bytes, a WebSocket's ping mostly less; what somebody does there soon brings more. */
const SIGN_OF_LIFE_BYTES = 64;

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

  /** Something was typed, sent or printed. SSH's own signs of life never come here: an open, silent shell is no use. */
  note(sessionId: string): void {
    this.#seen.set(sessionId, this.#clock());
  }

  /** A piece of a forwarded connection. What runs over it has signs of life of its own, which a forgotten editor goes on sending. */
  notePiece(sessionId: string, piece: Buffer): void {
    if (piece.length > SIGN_OF_LIFE_BYTES) this.note(sessionId);
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
