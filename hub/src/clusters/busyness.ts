/** Where something is going on that the watcher should hear of soon: it asks busy clusters more often. */
import type { SessionState } from "@fairway/contract/states.ts";

/** A job just sent may start, or be refused by the cluster, at any moment; after this it is simply waiting. */
const JUST_SENT_MS = 15_000;
const MOVING: readonly SessionState[] = ["submitting", "starting", "stopping"];

export class Busyness {
  readonly #now: () => number;
  readonly #moving = new Map<string, { cluster: string; untilMs: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  note(row: { id: string; cluster: string; state: SessionState; stateSince: number }): void {
    if (MOVING.includes(row.state)) this.#moving.set(row.id, { cluster: row.cluster, untilMs: Number.POSITIVE_INFINITY });
    else if (row.state === "pending") this.#moving.set(row.id, { cluster: row.cluster, untilMs: row.stateSince + JUST_SENT_MS });
    else this.#moving.delete(row.id);
  }

  isBusy(cluster: string): boolean {
    for (const [id, entry] of this.#moving) if (entry.untilMs < this.#now()) this.#moving.delete(id);
    return [...this.#moving.values()].some((entry) => entry.cluster === cluster);
  }
}
