/**
 * Warns people of the ends of their sessions: keeps a list of the next moments, and at each writes
 * down that it was told before it tells. So a warning is given once, whoever restarts and however
 * many hubs there are; one that dies between writing and telling has told the portal, and no one else.
 */
import { pause } from "../pause.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import type { SessionChanges } from "./changes.ts";
import { nextWarning } from "./warnings.ts";

export interface WarningsOptions {
  readonly store: SessionStore;
  readonly changes: SessionChanges;
  readonly clusters: ReadonlyMap<string, unknown>;
  readonly marksMs: (row: SessionRow) => readonly number[];
  /** Called after it was written down, with the row as it was before. */
  readonly onWarned: (row: SessionRow, endsAt: number) => void;
  readonly now: () => number;
  readonly onError: (error: unknown, session: string | null) => void;
  /** How often all rows are looked at anew: another hub may have changed them. */
  readonly lookEveryMs?: number;
}

const LOOK_EVERY_MS = 60_000;

export class WarningsLoop {
  readonly #options: WarningsOptions;
  /** When each session is to be warned next (epoch ms). */
  readonly #agenda = new Map<string, number>();
  #wake = new AbortController();
  /** Until when it sleeps. */
  #nextAt = 0;

  constructor(options: WarningsOptions) {
    this.#options = options;
  }

  /** Until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { changes, now, onError, lookEveryMs = LOOK_EVERY_MS } = this.#options;
    const stopListening = changes.onChange(({ row }) => this.#consider(row));
    let lookAt = now();
    try {
      while (!signal.aborted) {
        this.#wake = new AbortController();
        if (now() >= lookAt) {
          await this.#look().catch((error: unknown) => onError(error, null));
          lookAt = now() + lookEveryMs;
        }
        const due = [...this.#agenda].filter(([, at]) => at <= now()).map(([id]) => id);
        for (const id of due) await this.#warn(id).catch((error: unknown) => this.#later(id, error));
        this.#nextAt = Math.min(lookAt, ...this.#agenda.values());
        await pause(Math.max(0, this.#nextAt - now()), AbortSignal.any([signal, this.#wake.signal]));
      }
    } finally {
      stopListening();
    }
  }

  async #look(): Promise<void> {
    this.#agenda.clear();
    for (const cluster of this.#options.clusters.keys()) {
      for (const row of await this.#options.store.openOfCluster(cluster)) this.#consider(row);
    }
  }

  #consider(row: SessionRow): void {
    const { marksMs, now } = this.#options;
    const step = nextWarning(row, marksMs(row), now());
    if (step.kind === "none") {
      this.#agenda.delete(row.id);
      return;
    }
    const at = step.kind === "due" ? now() : step.at;
    this.#agenda.set(row.id, at);
    if (at < this.#nextAt) this.#wake.abort();
  }

  async #warn(id: string): Promise<void> {
    const { store, changes, marksMs, now, onWarned } = this.#options;
    const row = await store.get(id);
    if (row === null) {
      this.#agenda.delete(id);
      return;
    }
    const step = nextWarning(row, marksMs(row), now());
    if (step.kind !== "due") return this.#consider(row);
    const note = { at: now(), event: "warned-of-end", detail: `${Math.round((step.endsAt - now()) / 1000)} s before` };
    const told = await store.noteTimes(id, row, { warnedEndsAt: step.endsAt, warnedMarkMs: step.markMs }, note);
    // Null: another hub was first, or it was just changed; what is next follows from the row as it is now.
    const current = told ?? (await store.get(id));
    if (current === null) this.#agenda.delete(id);
    else this.#consider(current);
    if (told === null) return;
    await changes.retell(id);
    onWarned(row, step.endsAt);
  }

  #later(id: string, error: unknown): void {
    this.#agenda.set(id, this.#options.now() + 5000);
    this.#options.onError(error, id);
  }
}
