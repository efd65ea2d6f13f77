/**
 * A browser's end of a shell that outlives it: attaches, counts what came, and after a lost connection
 * attaches again from there. It knows neither DOM nor screen; see the contract's `terminal.ts`.
 */
import type { TerminalAnswer, TerminalRequest } from "@fairway/contract/terminal.ts";

export type TerminalStatus =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  /** It tries again by itself. */
  | { readonly kind: "lost" }
  | Extract<TerminalAnswer, { readonly kind: "waiting" | "ended" | "gone" | "taken" | "refused" }>;

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What we use of a WebSocket. */
export interface TerminalSocket {
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export interface SocketEvents {
  opened(): void;
  /** Text, or bytes as an ArrayBuffer. */
  heard(data: unknown): void;
  closed(): void;
}

export interface ConnectionParts {
  readonly open: (events: SocketEvents) => TerminalSocket;
  readonly size: () => TerminalSize;
  /** @returns what cancels it. */
  readonly after: (delayMs: number, call: () => void) => () => void;
  readonly random: () => number;
  /** Output, in order. `isOld`: from before this page was there. Call `done` when it is shown. */
  readonly onOutput: (bytes: Uint8Array, isOld: boolean, done: () => void) => void;
  /** What comes now does not continue what was shown. */
  readonly onReset: () => void;
  readonly onStatus: (status: TerminalStatus) => void;
  /** Which shell to come back to; null: none. */
  readonly onShell: (terminal: string | null) => void;
  /** A connection could not be had: the reason may be found out elsewhere. */
  readonly onFailure: () => void;
}

/** Less than what the door lets be under way, so that it never waits for an acknowledgement that does not come. */
const ACK_BYTES = 32 * 1024;
/** A message that the door takes. */
const CHUNK_BYTES = 16 * 1024;
const RETRY_MS = [250, 1000, 2000, 4000, 8000] as const;
/** A typed character comes back at once: after this long we ask whether anybody is there. */
const SILENCE_MS = 6000;
const PONG_MS = 5000;
/** From the first packet to the door's first word: a network that swallows both would be waited for without end. */
const CONNECT_MS = 10_000;

export class TerminalConnection {
  readonly #parts: ConnectionParts;
  #socket: TerminalSocket | null = null;
  #terminal: string | null;
  #isAttached = false;
  /** A page that has shown nothing yet: what comes from before is a repetition. */
  #isFresh = true;
  #oldUntil = 0;
  #received = 0;
  #acknowledged = 0;
  /** Counts shells, so that what was shown of the last one is not acknowledged to the next. */
  #shell = 0;
  #failures = 0;
  #cancelRetry: (() => void) | null = null;
  #cancelSilence: (() => void) | null = null;

  /** `terminal`: the shell that this page had before it was loaded again. */
  constructor(parts: ConnectionParts, terminal: string | null) {
    this.#parts = parts;
    this.#terminal = terminal;
  }

  /** Also once more, after the door's last word: for the same shell, or whichever there is to be. */
  start(): void {
    this.#parts.onStatus({ kind: "connecting" });
    this.#connect();
  }

  /** Ends the connection; the shell is kept for a while. */
  stop(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#dropSocket();
  }

  /** What was typed or pasted. It goes nowhere while there is no connection, which the status says. */
  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.#isAttached || this.#socket === null) return;
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) this.#socket.send(bytes.subarray(at, at + CHUNK_BYTES));
    this.#cancelSilence ??= this.#parts.after(SILENCE_MS, () => this.#ping());
  }

  resize(): void {
    if (this.#isAttached) this.#say({ kind: "resize", ...this.#parts.size() });
  }

  /** The network may have changed: finds out now instead of after a time-out. */
  check(): void {
    const isTryingAgain = this.#socket !== null && !this.#isAttached && this.#failures > 0;
    if (this.#cancelRetry !== null || isTryingAgain) this.#connect();
    else if (this.#isAttached) this.#ping();
  }

  /** Another shell in the place of one that has ended or is elsewhere. */
  startAnew(): void {
    this.#forget();
    this.start();
  }

  #forget(): void {
    this.#terminal = null;
    this.#shell += 1;
    this.#received = 0;
    this.#acknowledged = 0;
    this.#oldUntil = 0;
    this.#parts.onShell(null);
  }

  #connect(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#dropSocket();
    // A late event of a socket that was given up is not heard.
    const ifCurrent = (call: () => void) => {
      if (this.#socket === socket) call();
    };
    const socket = this.#parts.open({
      opened: () => ifCurrent(() => this.#say({ kind: "attach", terminal: this.#terminal, offset: this.#received, ...this.#parts.size() })),
      heard: (data) => ifCurrent(() => this.#hear(data)),
      closed: () => ifCurrent(() => this.#lost()),
    });
    this.#socket = socket;
    this.#cancelSilence = this.#parts.after(CONNECT_MS, () => this.#lost());
  }

  #hear(data: unknown): void {
    this.#stopAsking();
    if (data instanceof ArrayBuffer) this.#take(new Uint8Array(data));
    else this.#answer(JSON.parse(String(data)) as TerminalAnswer);
  }

  #answer(answer: TerminalAnswer): void {
    switch (answer.kind) {
      case "attached":
        this.#attached(answer);
        break;
      case "waiting":
        this.#parts.onStatus(answer);
        break;
      case "ended":
      case "gone":
        this.#forget();
        this.#finish(answer);
        break;
      case "taken":
      case "refused":
        this.#finish(answer);
        break;
      case "pong":
        break;
    }
  }

  #attached({ terminal, offset, end, isNew }: Extract<TerminalAnswer, { kind: "attached" }>): void {
    this.#isAttached = true;
    this.#failures = 0;
    if (offset !== this.#received) this.#parts.onReset();
    this.#oldUntil = this.#isFresh && !isNew ? end : 0;
    this.#isFresh = false;
    this.#terminal = terminal;
    this.#received = offset;
    this.#acknowledged = offset;
    this.#parts.onShell(terminal);
    this.#parts.onStatus({ kind: "open" });
    this.resize(); // the window may have changed since we asked
  }

  #take(bytes: Uint8Array): void {
    this.#received += bytes.length;
    const shell = this.#shell;
    const until = this.#received;
    this.#parts.onOutput(bytes, until <= this.#oldUntil, () => {
      if (shell === this.#shell) this.#acknowledge(until);
    });
  }

  #acknowledge(offset: number): void {
    if (!this.#isAttached || offset - this.#acknowledged < ACK_BYTES) return;
    this.#acknowledged = offset;
    this.#say({ kind: "ack", offset });
  }

  /** The door has said its last word; it closes, and nothing is tried again. */
  #finish(status: TerminalStatus): void {
    this.#dropSocket();
    this.#parts.onStatus(status);
  }

  #lost(): void {
    this.#dropSocket();
    this.#parts.onStatus({ kind: "lost" });
    if (this.#failures > 0) this.#parts.onFailure();
    const delayMs = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? 0;
    this.#failures += 1;
    // Not all browsers of a site at once.
    this.#cancelRetry = this.#parts.after(delayMs * (0.75 + this.#parts.random() / 2), () => this.#connect());
  }

  #ping(): void {
    this.#cancelSilence?.();
    this.#say({ kind: "ping" });
    this.#cancelSilence = this.#parts.after(PONG_MS, () => this.#lost());
  }

  #stopAsking(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = null;
  }

  #say(request: TerminalRequest): void {
    this.#socket?.send(JSON.stringify(request));
  }

  #dropSocket(): void {
    this.#stopAsking();
    this.#isAttached = false;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}
