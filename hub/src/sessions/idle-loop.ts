/**
 * Stops what is idle, where a profile says so, after a warning. Asks the apps themselves, each once a
 * round and a few at a time; who does not answer is left alone.
 */
import { pause } from "../pause.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import type { SessionChanges } from "./changes.ts";
import { type Activity, decideIdle, type IdleRule } from "./idle.ts";

export interface IdleOptions {
  readonly store: SessionStore;
  readonly changes: SessionChanges;
  readonly clusters: ReadonlyMap<string, unknown>;
  readonly rule: (row: SessionRow) => IdleRule | null;
  /** Never throws: not to be answered is `unknown`. */
  readonly askActivity: (row: SessionRow, signal: AbortSignal) => Promise<Activity>;
  readonly onWarned: (row: SessionRow, since: number, stopsAt: number) => void;
  readonly now: () => number;
  readonly onError: (error: unknown, session: string | null) => void;
  readonly everyMs: number;
}

const AT_ONCE = 4;

export class IdleLoop {
  readonly #options: IdleOptions;

  constructor(options: IdleOptions) {
    this.#options = options;
  }

  /** Until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { onError, everyMs } = this.#options;
    while (!signal.aborted) {
      await this.#round(signal).catch((error: unknown) => onError(error, null));
      await pause(everyMs, signal);
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { store, clusters, rule, onError } = this.#options;
    const rows: SessionRow[] = [];
    for (const cluster of clusters.keys()) {
      rows.push(...(await store.openOfCluster(cluster)).filter((row) => row.state === "ready" && rule(row) !== null));
    }
    const queue = rows.values();
    const work = async () => {
      for (const row of queue) {
        if (signal.aborted) return;
        await this.#check(row.id, signal).catch((error: unknown) => onError(error, row.id));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  async #check(id: string, signal: AbortSignal): Promise<void> {
    const { store, rule, askActivity } = this.#options;
    const asked = await store.get(id);
    if (asked === null || asked.state !== "ready") return;
    const activity = await askActivity(asked, signal);
    if (signal.aborted) return;
    // As it is now: "I am still using it" may have come while the app was asked.
    const row = await store.get(id);
    const idleRule = row === null ? null : rule(row);
    if (row === null || idleRule === null || row.enrolledAt !== asked.enrolledAt) return;
    await this.#carryOut(row, idleRule, activity);
  }

  async #carryOut(row: SessionRow, rule: IdleRule, activity: Activity): Promise<void> {
    const { store, changes, now, onWarned } = this.#options;
    const step = decideIdle(row, rule, activity, now());
    // Nobody has said meanwhile that they still use it, and everybody could.
    const isStillSo = (current: SessionRow) => current.state === "ready" && current.idleWarnedAt === row.idleWarnedAt;
    switch (step.kind) {
      case "none":
        return;
      case "clear": {
        const note = { at: now(), event: "used-again" };
        if ((await store.noteTimes(row.id, row, { idleSince: null, idleWarnedAt: null }, note)) !== null) await changes.retell(row.id);
        return;
      }
      case "warn": {
        const note = { at: now(), event: "warned-of-idleness" };
        const told = await store.noteTimes(row.id, row, { idleSince: step.since, idleWarnedAt: now() }, note);
        if (told === null) return;
        await changes.retell(row.id);
        onWarned(told, step.since, step.stopsAt);
        return;
      }
      case "stop":
        await changes.apply(row.id, { kind: "stop-asked", reason: "idle" }, isStillSo);
    }
  }
}
