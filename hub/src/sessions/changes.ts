/**
 * Carries events to rows, one at a time for each session, and tells whoever listens what came of it.
 * The transaction is the store's; the decision is `state.ts`'s.
 */
import type { SessionState } from "@fairway/contract/states.ts";
import type { SessionRow } from "../store/schema.ts";
import type { NewSession, SessionChange, SessionPatch, SessionStore } from "../store/sessions.ts";
import { Serial } from "./serial.ts";
import { SharedSignals } from "./shared-signals.ts";
import { decide, type SessionEventKind } from "./state.ts";

export interface SessionChanged {
  readonly row: SessionRow;
  /** Null for a new session. */
  readonly from: SessionState | null;
}

/** The longest timer Node knows. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

type ToHeir = (ended: SessionRow) => NewSession | null;
type Listener = (change: SessionChanged) => void;

export class SessionChanges {
  readonly #store: SessionStore;
  readonly #now: () => number;
  readonly #listeners = new Set<Listener>();
  readonly #watchers = new Map<string, Set<(row: SessionRow | null) => void>>();
  readonly #waits = new SharedSignals();
  readonly #serial = new Serial();
  readonly #onError: (error: unknown) => void;
  readonly #toHeir: ToHeir;

  /**
   * `onError` hears of listeners that threw: what they do with the news is no part of the change.
   * `toHeir`: what takes the place of a session that ends with a successor.
   */
  constructor(store: SessionStore, now: () => number, onError: (error: unknown) => void, toHeir: ToHeir = () => null) {
    this.#store = store;
    this.#now = now;
    this.#onError = onError;
    this.#toHeir = toHeir;
  }

  /** Applies an event. @returns the row as it is afterwards, or null when there is no such session. */
  async apply(id: string, event: SessionEventKind, guard: (row: SessionRow) => boolean = () => true): Promise<SessionRow | null> {
    return this.#serial.run(id, async () => {
      for (;;) {
        const row = await this.#store.get(id);
        if (row === null || !guard(row)) return row;
        const patch = decide(row, event, this.#now());
        if (patch === null || isNoChange(row, patch)) return row;
        const moved = patch.state !== undefined && patch.state !== row.state;
        const note = { at: this.#now(), event: event.kind, detail: "detail" in event ? event.detail : null };
        const heir = patch.state === "ended" ? this.#toHeir({ ...row, ...patch }) : null;
        const updated = await this.#write(row, patch, moved ? note : null, heir);
        // Null: another process moved it in between; look again.
        if (updated === null) continue;
        this.announce({ row: updated.row, from: row.state });
        if (updated.heir !== null) this.announce({ row: updated.heir, from: null });
        return updated.row;
      }
    });
  }

  /** Nothing about the row has changed, but what is known beside it has: tells it again as it is now. */
  async retell(id: string): Promise<void> {
    await this.#serial.run(id, async () => {
      const row = await this.#store.get(id);
      if (row !== null) this.announce({ row, from: row.state });
    });
  }

  /** Whoever waits on this session is to look again: nothing has changed, but something was said that may matter to them. */
  nudge(id: string): void {
    this.#wake(id, null);
  }

  #wake(id: string, row: SessionRow | null): void {
    for (const wake of this.#watchers.get(id) ?? []) wake(row);
  }

  async #write(row: SessionRow, patch: SessionPatch, note: SessionChange | null, heir: NewSession | null) {
    if (heir !== null && note !== null) return this.#store.succeed({ id: row.id, expected: row.state, patch }, heir, note);
    const updated = await this.#store.update(row.id, row.state, patch, note);
    return updated === null ? null : { row: updated, heir: null };
  }

  announce(change: SessionChanged): void {
    this.#wake(change.row.id, change.row);
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        // The row is written, and the other listeners (the conductor among them) must hear of it all the same.
        this.#onError(error);
      }
    }
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * A watch on one session, open from this moment: changes between now and `wait` are not missed.
   * `wait` resolves at the next change, after `timeoutMs`, or when `signal` aborts. `take` gives the row as the
   * last change told it, once; null: nothing was told since, so whoever wants to know reads it.
   */
  watch(id: string): SessionWatch {
    let isChanged = false;
    let told: SessionRow | null = null;
    let wake = () => {};
    const watcher = (row: SessionRow | null) => {
      isChanged = true;
      told = row ?? told;
      wake();
    };
    const watchers = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watchers.add(watcher));
    return {
      take: () => {
        const row = told;
        told = null;
        return row;
      },
      // A timer and a callback, no promise that fails: every session waits so, several times in its life.
      wait: async (timeoutMs, signal) => {
        if (!isChanged && !signal.aborted)
          await new Promise<void>((resolve) => {
            const end = () => {
              clearTimeout(timer);
              release();
              resolve();
            };
            const timer = setTimeout(end, Math.min(timeoutMs, LONGEST_WAIT_MS));
            const release = this.#waits.onAbort(signal, end);
            wake = end;
          });
        isChanged = false;
      },
      close: () => {
        watchers.delete(watcher);
        if (watchers.size === 0) this.#watchers.delete(id);
      },
    };
  }
}

export interface SessionWatch {
  take(): SessionRow | null;
  wait(timeoutMs: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Would this event change the row as it was read? Spares a turn for each of the many that say nothing new. */
export function isNews(row: SessionRow, event: SessionEventKind, now: number): boolean {
  const patch = decide(row, event, now);
  return patch !== null && !isNoChange(row, patch);
}

/** The watcher says the same thing every few seconds: that is no change. */
function isNoChange(row: SessionRow, patch: object): boolean {
  return Object.entries(patch).every(([key, value]) => JSON.stringify(row[key as keyof SessionRow]) === JSON.stringify(value));
}
