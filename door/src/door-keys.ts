/** The door's own host key, and which authorities sign people's certificates: the hub keeps both. */
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { HubClient } from "./hub-client.ts";

const RETRY_MS = 500;

export interface LoadOptions {
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export class DoorKeys {
  readonly hostKey: string;
  readonly #hub: HubClient;
  readonly #logger: Logger;
  #authorities: readonly Buffer[];

  /** Asks until the hub answers: it may start later than we do. @throws aborted */
  static async load(hub: HubClient, { logger, signal }: LoadOptions): Promise<DoorKeys> {
    for (let failures = 0; ; failures += 1) {
      try {
        const { hostKey, certificateAuthorities } = await hub.keys();
        return new DoorKeys(hub, logger, hostKey, certificateAuthorities);
      } catch (error) {
        signal.throwIfAborted();
        if (failures === 0) logger.warn({ err: error }, "the hub does not answer yet; waiting for it");
        await delay(RETRY_MS, undefined, { signal });
      }
    }
  }

  private constructor(hub: HubClient, logger: Logger, hostKey: string, authorities: readonly string[]) {
    this.#hub = hub;
    this.#logger = logger;
    this.hostKey = hostKey;
    this.#authorities = toBlobs(authorities);
  }

  /** Wire forms. */
  get authorities(): readonly Buffer[] {
    return this.#authorities;
  }

  /** An authority may have been exchanged while the hub restarted. The host key stays until our own restart. */
  refresh(): void {
    this.#hub.keys().then(
      ({ certificateAuthorities }) => {
        this.#authorities = toBlobs(certificateAuthorities);
      },
      (error: unknown) => this.#logger.warn({ err: error }, "the door's authorities could not be asked; the known ones stay"),
    );
  }
}

/** Of lines in the form of authorized_keys. */
function toBlobs(lines: readonly string[]): Buffer[] {
  return lines.map((line) => Buffer.from(line.split(" ")[1] ?? "", "base64"));
}
