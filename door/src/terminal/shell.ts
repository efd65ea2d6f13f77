/**
 * One shell in a session, which outlives the browser that shows it: keeps its last output, lets one viewer at a time
 * read and write, and waits when that one does not keep up. It does not know who may; see shells.ts.
 */
import type { TerminalAnswer } from "@fairway/contract/terminal.ts";
import type { SessionLink } from "../session-link.ts";
import { Output } from "./output.ts";

type Channel = Awaited<ReturnType<SessionLink["shell"]>>;

/** A browser that shows it. */
export interface Viewer {
  send(bytes: Buffer): void;
  tell(answer: TerminalAnswer): void;
  /** Nothing more is read from it until the promise resolves. */
  waitFor(drained: Promise<void>): void;
  close(): void;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface ShellParts {
  readonly id: string;
  readonly link: SessionLink;
  readonly channel: Channel;
  readonly outputBytes: number;
  /** So much may be on its way to a browser: less than is kept, so that one that comes back misses nothing. */
  readonly windowBytes: number;
  /** Epoch ms. */
  readonly now: number;
  /** Something was typed, or printed. */
  readonly onUse: () => void;
}

export class Shell {
  readonly id: string;
  /** Resolves when it is over, whoever ended it. */
  readonly ended: Promise<void>;
  /** Since when nobody looks; null while somebody does. */
  detachedAt: number | null;
  readonly #link: SessionLink;
  readonly #channel: Channel;
  readonly #output: Output;
  readonly #windowBytes: number;
  readonly #onUse: () => void;
  #viewer: Viewer | null = null;
  #acknowledged = 0;
  readonly #waiters: (() => void)[] = [];
  #exit: string | null = null;
  #why: string | null = null;

  constructor(parts: ShellParts) {
    this.id = parts.id;
    this.detachedAt = parts.now;
    this.#link = parts.link;
    this.#channel = parts.channel;
    this.#output = new Output(parts.outputBytes);
    this.#windowBytes = parts.windowBytes;
    this.#onUse = parts.onUse;
    const { channel } = parts;
    channel.on("data", (bytes: Buffer) => this.#take(bytes));
    // With a terminal there is none; unread, it would stop the channel.
    channel.stderr.on("data", (bytes: Buffer) => this.#take(bytes));
    channel.on("drain", () => this.#tellDrained());
    channel.on("exit", (code: number | null, signal?: string) => {
      this.#exit = toExitWords(code, signal);
    });
    this.ended = new Promise((resolve) => {
      channel.once("close", () => {
        this.#finish();
        resolve();
      });
    });
  }

  /** Shows it to another viewer; the one before is told. */
  attach(viewer: Viewer, offset: number, size: TerminalSize, isNew: boolean): void {
    const before = this.#viewer;
    this.#viewer = null;
    before?.tell({ kind: "taken", line: "You have this shell in another window now." });
    before?.close();
    const missed = this.#output.readFrom(offset);
    this.#viewer = viewer;
    this.detachedAt = null;
    this.#acknowledged = missed.offset;
    viewer.tell({ kind: "attached", terminal: this.id, offset: missed.offset, end: this.#output.end, isNew });
    if (missed.bytes.length > 0) viewer.send(missed.bytes);
    this.resize(size);
    this.#regulate();
  }

  /** The viewer has gone; the shell goes on without. */
  detach(viewer: Viewer, now: number): void {
    if (this.#viewer !== viewer) return;
    this.#viewer = null;
    this.detachedAt = now;
    this.#regulate();
  }

  /** What a viewer says counts while it is the one that has the shell. */
  isShownBy(viewer: Viewer): boolean {
    return this.#viewer === viewer;
  }

  write(bytes: Buffer): void {
    this.#onUse();
    if (this.#channel.writable && !this.#channel.write(bytes)) this.#viewer?.waitFor(this.#drained());
  }

  resize({ columns, rows }: TerminalSize): void {
    if (this.#channel.writable) this.#channel.setWindow(rows, columns, 0, 0);
  }

  acknowledge(offset: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, Math.min(offset, this.#output.end));
    this.#regulate();
  }

  /** `why`: for the person. */
  end(why: string): void {
    this.#why ??= why;
    // A channel that is paused would not tell that it is closed.
    this.#channel.resume();
    this.#channel.close();
    this.#link.close();
  }

  #take(bytes: Buffer): void {
    this.#onUse();
    this.#output.append(bytes);
    this.#viewer?.send(bytes);
    this.#regulate();
  }

  /** When the session takes input again, or never will. */
  #drained(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #tellDrained(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  /** A program that writes faster than it is shown waits, as at any terminal. Without a viewer nothing waits. */
  #regulate(): void {
    const isBehind = this.#viewer !== null && this.#output.end - this.#acknowledged > this.#windowBytes;
    if (isBehind && this.#why === null) this.#channel.pause();
    else this.#channel.resume();
  }

  #finish(): void {
    this.#tellDrained();
    const line = this.#why ?? this.#exit ?? "The connection to the session is lost, and its shell with it.";
    this.#viewer?.tell({ kind: "ended", line });
    this.#viewer?.close();
    this.#viewer = null;
    this.#link.close();
  }
}

function toExitWords(code: number | null, signal: string | undefined): string {
  if (code === null) return `The shell was ended${signal === undefined ? "" : ` by ${signal}`}.`;
  return code === 0 ? "The shell has ended." : `The shell has ended with the exit code ${code}.`;
}
