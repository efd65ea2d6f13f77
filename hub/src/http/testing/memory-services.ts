/** The services beside the sessions, in memory: what a site without clusters would answer. */
import { AppError } from "@fairway/contract/errors.ts";
import type { LogChunk } from "@fairway/contract/sessions.ts";
import type { OfferService } from "../../clusters/types.ts";
import type { Actor, LaunchService, LifetimeService, LogListener, LogService, SessionService } from "../../sessions/types.ts";

const nothing = () => Promise.reject(new AppError("not_found", "There is no such thing here."));

export const noOffers: OfferService = { clusters: () => [], offer: nothing, files: nothing };
export const noLaunches: LaunchService = {
  profiles: async () => [],
  check: nothing,
  preview: nothing,
  alternatives: nothing,
  startInstead: nothing,
};
/** Every session's log: the same line for ever, and a piece for each `add`. */
export class MemoryLogs implements LogService {
  readonly #sessions: Pick<SessionService, "get">;
  readonly #listeners = new Set<LogListener>();

  constructor(sessions: Pick<SessionService, "get">) {
    this.#sessions = sessions;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  async read(actor: Actor, id: string, offset: number): Promise<LogChunk> {
    await this.#sessions.get(actor, id);
    return { text: "line\n", offset, nextOffset: offset + 5, sizeBytes: offset + 5, state: "growing" };
  }

  async follow(actor: Actor, id: string, offset: number): Promise<(listener: LogListener) => () => void> {
    const first = await this.read(actor, id, offset);
    return (listener) => {
      this.#listeners.add(listener);
      void listener(first);
      return () => this.#listeners.delete(listener);
    };
  }

  /** Resolves when everybody has taken it. */
  async add(chunk: LogChunk): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener(chunk)));
  }
}

export const noLifetimes: LifetimeService = { extend: nothing, keep: nothing };
