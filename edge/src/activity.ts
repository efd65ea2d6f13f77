/** When each session last saw traffic, told to the hub in batches: its idle culler reads it. */
import type { Logger } from "pino";
import type { HubClient } from "./hub-client.ts";

export class Activity {
  readonly #hub: HubClient;
  readonly #clock: () => number;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  #seen = new Map<string, number>();

  constructor(hub: HubClient, everyMs: number, clock: () => number, logger: Logger) {
    this.#hub = hub;
    this.#clock = clock;
    this.#logger = logger;
    this.#timer = setInterval(() => void this.report(), everyMs);
  }

  touch(sessionId: string): void {
    this.#seen.set(sessionId, this.#clock());
  }

  /** Bytes over a WebSocket. Its pings and pongs go on in a forgotten browser tab: they are no activity. */
  touchByChunk(sessionId: string, chunk: Buffer): void {
    if (!isLoneControlFrame(chunk)) this.touch(sessionId);
  }

  async report(): Promise<void> {
    if (this.#seen.size === 0) return;
    const seen = this.#seen;
    this.#seen = new Map();
    try {
      await this.#hub.reportActivity(Object.fromEntries(seen));
    } catch (error) {
      // Told with the next batch; what was seen since is newer.
      this.#seen = new Map([...seen, ...this.#seen]);
      this.#logger.debug({ err: error }, "activity could not be reported yet");
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.report();
  }
}

/** A ping or pong that fills its chunk exactly (RFC 6455 §5.2, §5.5): the stream itself is never parsed. */
export function isLoneControlFrame(chunk: Buffer): boolean {
  const [first = 0, second = 0] = chunk;
  const isPingOrPong = first === 0x89 || first === 0x8a;
  const maskBytes = (second & 0x80) === 0 ? 0 : 4;
  return isPingOrPong && chunk.length === 2 + maskBytes + (second & 0x7f);
}
