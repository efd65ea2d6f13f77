/**
 * The stream of changes as the pages see it: its status, and the last sentence to announce. It
 * brings each change into the cache and holds nothing else.
 */
import type { QueryClient } from "@tanstack/react-query";
import type { Changes } from "./changes.ts";
import { followEvents, type StreamParts, type StreamStatus } from "./event-stream.ts";
import { applyEvent } from "./live-cache.ts";

export interface FeedState {
  readonly status: StreamStatus;
  /** For the live region; the number makes the same words said twice be heard twice. */
  readonly announcement: { readonly text: string; readonly number: number };
}

export class Feed {
  readonly #cache: QueryClient;
  readonly #changes: Changes;
  readonly #parts: Omit<StreamParts, "onMessage" | "onStatus">;
  readonly #listeners = new Set<() => void>();
  #state: FeedState = { status: "connecting", announcement: { text: "", number: 0 } };

  constructor(cache: QueryClient, changes: Changes, parts: Omit<StreamParts, "onMessage" | "onStatus">) {
    this.#cache = cache;
    this.#changes = changes;
    this.#parts = parts;
  }

  readonly state = (): FeedState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Follows the stream until the signal aborts. */
  follow(signal: AbortSignal): void {
    const onMessage = (data: string) => {
      const text = applyEvent(this.#cache, this.#changes, data);
      if (text !== null) this.announce(text);
    };
    followEvents({ ...this.#parts, onMessage, onStatus: (status) => this.#set({ ...this.#state, status }) }, signal);
  }

  announce(text: string): void {
    this.#set({ ...this.#state, announcement: { text, number: this.#state.announcement.number + 1 } });
  }

  #set(state: FeedState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
