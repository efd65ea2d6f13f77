/**
 * The way of one SSH connection into its session: asks the hub until the session is there, tells whoever waits what
 * is said meanwhile, and opens one link for all the connection's channels.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { DoorCredential } from "@fairway/contract/door.ts";
import { AppError } from "@fairway/contract/errors.ts";
import type { BaseAgent } from "ssh2";
import type { HubClient } from "./hub-client.ts";
import type { Limits } from "./limits.ts";
import { LinkFailure, type SessionLink, type SessionLinks } from "./session-link.ts";

export interface EntranceOptions {
  readonly hub: Pick<HubClient, "enter">;
  readonly links: SessionLinks;
  readonly limits: Pick<Limits, "waitMs" | "linkTries">;
  readonly credential: DoorCredential;
  /** By name; null: the default, else the newest. */
  readonly session: string | null;
  readonly agent: BaseAgent | undefined;
  /** As soon as it is known, and again when it is another. */
  readonly onSession: (sessionId: string) => void;
  /** The link has ended: its session has, or the way to it. */
  readonly onLost: () => void;
}

export interface Entered {
  readonly link: SessionLink;
  readonly sessionId: string;
  readonly sessionName: string;
}

/** The hub's no, in its words. */
export class Refused extends Error {
  override readonly name = "Refused";
}

export class Entrance {
  readonly #options: EntranceOptions;
  readonly #listeners = new Set<(line: string) => void>();
  #entering: Promise<Entered> | null = null;
  #line: string | null = null;

  constructor(options: EntranceOptions) {
    this.#options = options;
  }

  /** @param signal of the connection. @throws {Refused}, {LinkFailure}; aborted */
  async enter(onLine: (line: string) => void, signal: AbortSignal): Promise<Entered> {
    if (this.#entering === null) {
      this.#entering = this.#open(signal);
      // The next one who comes may have more luck.
      this.#entering.catch(() => {
        this.#entering = null;
      });
    } else if (this.#line !== null) onLine(this.#line);
    this.#listeners.add(onLine);
    try {
      return await this.#entering;
    } finally {
      this.#listeners.delete(onLine);
    }
  }

  async #open(signal: AbortSignal): Promise<Entered> {
    let id: string | undefined;
    for (let failures = 0; ; ) {
      const entry = await this.#ask(id, signal);
      if (entry !== null) {
        if (entry.kind === "refused") throw new Refused([entry.line, entry.next].filter(Boolean).join(" "));
        // The one it is now, whatever else is launched or ends meanwhile.
        id = entry.sessionId;
        this.#options.onSession(id);
        if (entry.kind === "waiting") this.#tell(entry.line);
        else {
          try {
            return { link: await this.#link(entry.target, signal), sessionId: id, sessionName: entry.sessionName };
          } catch (error) {
            failures += 1;
            if (!(error instanceof LinkFailure) || failures >= this.#options.limits.linkTries) throw error;
            this.#tell("The session does not answer yet. Trying again.");
          }
        }
      }
      await delay(this.#options.limits.waitMs, undefined, { signal });
    }
  }

  /** Null: the hub is away, and is asked again. */
  async #ask(id: string | undefined, signal: AbortSignal) {
    const { hub, credential, session } = this.#options;
    signal.throwIfAborted();
    try {
      return await hub.enter({ credential, session, ...(id === undefined ? {} : { id }) });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "hub_away") throw error;
      this.#tell("Fairway is restarting. Waiting for it.");
      return null;
    }
  }

  async #link(target: Parameters<SessionLinks["open"]>[0], signal: AbortSignal): Promise<SessionLink> {
    const { links, agent, onLost } = this.#options;
    const link = await links.open(target, signal, agent);
    signal.addEventListener("abort", () => link.close(), { once: true });
    void link.ended.then(() => {
      this.#entering = null;
      if (!signal.aborted) onLost();
    });
    return link;
  }

  #tell(line: string): void {
    this.#line = line;
    for (const listener of this.#listeners) listener(line);
  }
}
