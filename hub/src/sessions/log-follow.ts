/**
 * A job's log, followed: one reader for each session, however many watch it, and none when nobody does.
 * A reading is a command run as the person, so it is shared, and rarer while nothing is added. A cluster
 * that cannot be asked is no end: it is asked again.
 *
 * Viewers stand at an offset each. One reading serves all who stand where it began; those who came later
 * are led up to the others first.
 */
import type { LogChunk } from "@fairway/contract/sessions.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { type LogSlice, SchedulerUnavailable } from "../schedulers/types.ts";
import type { SessionStore } from "../store/sessions.ts";
import type { SessionChanges } from "./changes.ts";
import { Serial } from "./serial.ts";
import type { LogListener } from "./types.ts";

export interface LogFollowOptions {
  readonly store: SessionStore;
  readonly changes: SessionChanges;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly now: () => number;
  readonly onError: (error: unknown, sessionId: string) => void;
  readonly pace?: LogPace;
}

export interface LogPace {
  readonly quickMs: number;
  readonly slowMs: number;
  /** After the end of a session Slurm may still be writing its last words. */
  readonly lastWordsMs: number;
}

const PACE: LogPace = { quickMs: 1000, slowMs: 5000, lastWordsMs: 2000 };
const SLOWER = 1.5;

interface Viewer {
  offset: number;
  /** Of no log, or of one: from then on only news is told. */
  hasBeenTold: boolean;
  isBusy: boolean;
  readonly listener: LogListener;
}

export class LogFollowers {
  readonly #options: LogFollowOptions;
  readonly #readers = new Map<string, Reader>();
  /** Of one person's logs on a cluster, one is read at a time, however many they watch. */
  readonly #turns = new Serial();

  constructor(options: LogFollowOptions) {
    this.#options = options;
  }

  /** How many logs are being read. */
  get readerCount(): number {
    return this.#readers.size;
  }

  /** Tells the log from `offset` on, then what is added, until the session has ended. Returns the way to end it. */
  follow(sessionId: string, offset: number, listener: LogListener): () => void {
    const reader = this.#readerOf(sessionId);
    const viewer: Viewer = { offset, hasBeenTold: false, isBusy: false, listener };
    reader.add(viewer);
    return () => reader.remove(viewer);
  }

  #readerOf(sessionId: string): Reader {
    const running = this.#readers.get(sessionId);
    if (running !== undefined && !running.isEnding) return running;
    const reader = new Reader(sessionId, this.#options, this.#turns);
    this.#readers.set(sessionId, reader);
    void reader.run().finally(() => {
      if (this.#readers.get(sessionId) === reader) this.#readers.delete(sessionId);
    });
    return reader;
  }
}

class Reader {
  readonly #sessionId: string;
  readonly #options: LogFollowOptions;
  readonly #turns: Serial;
  readonly #pace: LogPace;
  readonly #viewers = new Set<Viewer>();
  readonly #ending = new AbortController();
  #nap = new AbortController();
  #sizeBytes = 0;

  constructor(sessionId: string, options: LogFollowOptions, turns: Serial) {
    this.#sessionId = sessionId;
    this.#options = options;
    this.#turns = turns;
    this.#pace = options.pace ?? PACE;
  }

  /** Nobody listens any more. */
  get isEnding(): boolean {
    return this.#ending.signal.aborted;
  }

  add(viewer: Viewer): void {
    this.#viewers.add(viewer);
    this.#nap.abort();
  }

  remove(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size === 0) this.#ending.abort();
  }

  async run(): Promise<void> {
    const watch = this.#options.changes.watch(this.#sessionId);
    let waitMs = this.#pace.quickMs;
    try {
      while (!this.isEnding) {
        // Made before the reading: whoever comes during it is not left to wait.
        this.#nap = new AbortController();
        waitMs = (await this.#tryReading()) ? this.#pace.quickMs : Math.min(waitMs * SLOWER, this.#pace.slowMs);
        await watch.wait(waitMs, AbortSignal.any([this.#ending.signal, this.#nap.signal]));
      }
    } finally {
      watch.close();
    }
  }

  /** Was there anything new? */
  async #tryReading(): Promise<boolean> {
    try {
      return await this.#readOnce();
    } catch (error) {
      // A cluster that is away is told elsewhere; anything else is a fault of ours, and the next try may go well.
      if (!this.isEnding && !(error instanceof SchedulerUnavailable)) this.#options.onError(error, this.#sessionId);
      return false;
    }
  }

  /** Serves those who stand furthest back; who is still taking what was told is left out, and wakes us when there is more for them. */
  async #readOnce(): Promise<boolean> {
    const offsets = [...this.#viewers].filter((viewer) => !viewer.isBusy).map((viewer) => viewer.offset);
    if (offsets.length === 0) return false;
    const offset = Math.min(...offsets);
    const { slice, isComplete } = await this.#read(offset);
    if (slice.exists && slice.sizeBytes < this.#sizeBytes) this.#beginAnew();
    this.#sizeBytes = slice.exists ? slice.sizeBytes : 0;
    const hasNews = slice.nextOffset > offset;
    const isAll = isComplete && (!hasNews || slice.nextOffset >= slice.sizeBytes);
    const chunk = {
      text: slice.text,
      offset,
      nextOffset: hasNews ? slice.nextOffset : offset,
      sizeBytes: this.#sizeBytes,
      state: isAll ? "complete" : slice.exists ? "growing" : "none",
    } as const;
    for (const viewer of this.#viewers) {
      if (viewer.offset === offset && !viewer.isBusy && (hasNews || isAll || !viewer.hasBeenTold)) this.#tell(viewer, chunk);
    }
    return hasNews;
  }

  /** It was emptied, or written by another run: its offsets mean nothing any more. */
  #beginAnew(): void {
    for (const viewer of this.#viewers) viewer.offset = 0;
  }

  #isBehind(viewer: Viewer): boolean {
    return viewer.offset < this.#sizeBytes;
  }

  /** A session that has ended long enough ago writes no more: what is there then is all. */
  async #read(offset: number): Promise<{ slice: LogSlice; isComplete: boolean }> {
    const { store, clusters, now } = this.#options;
    const row = await store.get(this.#sessionId);
    const cluster = row === null ? undefined : clusters.get(row.cluster);
    // Forgotten, or of a cluster that this site no longer has: there is nothing more to tell.
    if (row === null || cluster === undefined)
      return { slice: { text: "", nextOffset: offset, sizeBytes: 0, exists: false }, isComplete: true };
    const isComplete = row.state === "ended" && now() - (row.endedAt ?? 0) >= this.#pace.lastWordsMs;
    const call = { timeoutMs: cluster.config.command_timeout, signal: this.#ending.signal };
    const slice = await this.#turns.run(`${row.cluster} ${row.user}`, () =>
      cluster.scheduler.readLog(cluster.transport.actAs, row.user, row.id, offset, call),
    );
    return { slice, isComplete };
  }

  #tell(viewer: Viewer, chunk: LogChunk): void {
    viewer.offset = chunk.nextOffset;
    viewer.hasBeenTold = true;
    if (chunk.state === "complete") this.remove(viewer);
    viewer.isBusy = true;
    const go = (): void => {
      viewer.isBusy = false;
      if (this.#isBehind(viewer)) this.#nap.abort();
    };
    // Whether it could be told is the listener's matter: it leaves when it cannot.
    void viewer.listener(chunk).then(go, go);
  }
}
