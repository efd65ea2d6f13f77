/**
 * The last known state on disk, so that an edge that starts while the hub is away serves on.
 * It holds the upstreams' secrets: 0600, and replaced as a whole.
 */
import { readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { FeedState } from "@fairway/contract/feed.ts";
import type { Logger } from "pino";
import type { EdgeState } from "./state.ts";

export class Snapshot {
  readonly #file: string;
  readonly #state: EdgeState;
  readonly #logger: Logger;
  readonly #delayMs: number;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: string, state: EdgeState, delayMs: number, logger: Logger) {
    this.#file = file;
    this.#state = state;
    this.#delayMs = delayMs;
    this.#logger = logger;
  }

  /** Loads what is there; a missing file is a first start, a broken one is logged and left aside. */
  load(): void {
    try {
      this.#state.load(FeedState.parse(JSON.parse(readFileSync(this.#file, "utf8"))));
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
      // The parser's message would quote the file, which holds secrets.
      this.#logger.warn({ file: this.#file }, "the snapshot cannot be read; waiting for the hub");
    }
  }

  /** Writes soon; changes that come in between share one write. */
  schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#write();
    }, this.#delayMs);
  }

  /** Writes what is outstanding and ends the timer. */
  async close(): Promise<void> {
    if (this.#timer !== null) {
      clearTimeout(this.#timer);
      this.#timer = null;
      this.#write();
    }
    await this.#writing;
  }

  #write(): void {
    this.#writing = this.#writing
      .then(() => replaceFile(this.#file, JSON.stringify(this.#state.save())))
      .catch((error: unknown) => this.#logger.error({ err: error, file: this.#file }, "the snapshot cannot be written"));
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.new`;
  const handle = await open(draft, "w", 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}
