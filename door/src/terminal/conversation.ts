/** One browser on one WebSocket: reads what it asks, and ties it to its shell until either goes. */
import { setTimeout as delay } from "node:timers/promises";
import { type TerminalAnswer, TerminalRequest } from "@fairway/contract/terminal.ts";
import type { Logger } from "pino";
import type { WebSocket } from "ws";
import type { Shell, TerminalSize, Viewer } from "./shell.ts";
import type { Caller, Shells } from "./shells.ts";

export interface ConversationTimes {
  /** How long the first word may take. */
  readonly attachMs: number;
  /** Between questions to a browser whether it is there; one unanswered ends it. */
  readonly pingMs: number;
  /** Between questions to the hub whether the session can be entered now. */
  readonly pollMs: number;
}

export interface ConversationParts {
  readonly socket: WebSocket;
  readonly caller: Caller;
  readonly shells: Shells;
  readonly clock: () => number;
  readonly times: ConversationTimes;
  readonly logger: Logger;
}

/** 1000: all was said; anything else, and the browser tries again. */
const DONE = 1000;
const WRONG = 1008;
const FAILED = 1011;
const MAX_TEXT_BYTES = 1000;

type Attach = Extract<TerminalRequest, { kind: "attach" }>;

/** Never throws; the socket's end ends all that belongs to it but the shell. */
export function converse(parts: ConversationParts): void {
  const conversation = new Conversation(parts);
  conversation.begin();
}

class Conversation implements Viewer {
  readonly #parts: ConversationParts;
  readonly #socket: WebSocket;
  readonly #over = new AbortController();
  #shell: Shell | null = null;
  #hasAsked = false;
  #isAlive = true;
  #size: TerminalSize = { columns: 80, rows: 24 };

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.#socket = parts.socket;
  }

  begin(): void {
    const { times, clock } = this.#parts;
    const tooLate = setTimeout(() => this.#socket.close(WRONG), times.attachMs);
    const ping = setInterval(() => this.#ping(), times.pingMs);
    this.#socket.on("pong", () => {
      this.#isAlive = true;
    });
    this.#socket.on("message", (data: Buffer, isBinary) => {
      this.#isAlive = true;
      if (isBinary) this.#type(data);
      else this.#read(data, () => clearTimeout(tooLate));
    });
    // "close" follows and tells the same.
    this.#socket.on("error", () => undefined);
    this.#socket.once("close", () => {
      clearTimeout(tooLate);
      clearInterval(ping);
      this.#over.abort();
      this.#shell?.detach(this, clock());
    });
  }

  send(bytes: Buffer): void {
    this.#socket.send(bytes, { binary: true });
  }

  tell(answer: TerminalAnswer): void {
    this.#socket.send(JSON.stringify(answer));
  }

  waitFor(drained: Promise<void>): void {
    this.#socket.pause();
    void drained.then(() => this.#socket.resume());
  }

  close(): void {
    this.#socket.close(DONE);
  }

  #type(bytes: Buffer): void {
    if (this.#shell?.isShownBy(this) === true) this.#shell.write(bytes);
  }

  #read(data: Buffer, onAttach: () => void): void {
    const request = data.length > MAX_TEXT_BYTES ? null : parseRequest(data);
    if (request === null || (request.kind === "attach") === this.#hasAsked) {
      this.#socket.close(WRONG);
      return;
    }
    switch (request.kind) {
      case "attach":
        this.#hasAsked = true;
        onAttach();
        this.#attach(request).catch((error: unknown) => this.#fail(error));
        break;
      case "resize":
        this.#size = request;
        if (this.#shell?.isShownBy(this) === true) this.#shell.resize(request);
        break;
      case "ack":
        if (this.#shell?.isShownBy(this) === true) this.#shell.acknowledge(request.offset);
        break;
      case "ping":
        this.tell({ kind: "pong" });
        break;
    }
  }

  async #attach({ terminal, offset, columns, rows }: Attach): Promise<void> {
    const { shells, caller } = this.#parts;
    this.#size = { columns, rows };
    if (terminal === null) return this.#openShell();
    const shell = shells.find(terminal, caller);
    if (shell === null) this.#say({ kind: "gone", line: "This shell has ended, or nobody looked at it for too long." });
    else this.#show(shell, offset, false);
  }

  /** Asks until the session can be entered, or the browser has gone. */
  async #openShell(): Promise<void> {
    const { shells, caller, times } = this.#parts;
    let told: string | null = null;
    for (;;) {
      const opened = await shells.open(caller, this.#size, this.#over.signal);
      if (opened.kind === "refused") return this.#say(opened);
      if (opened.kind === "shell") return this.#show(opened.shell, 0, true);
      if (opened.line !== told) this.tell({ kind: "waiting", line: opened.line });
      told = opened.line;
      await delay(times.pollMs, undefined, { signal: this.#over.signal });
    }
  }

  #show(shell: Shell, offset: number, isNew: boolean): void {
    if (this.#over.signal.aborted) {
      // Its browser does not know its name, and could not come back to it.
      if (isNew) shell.end("Nobody waits for it any more.");
      return;
    }
    this.#shell = shell;
    shell.attach(this, offset, this.#size, isNew);
  }

  /** The last word. */
  #say(answer: TerminalAnswer): void {
    this.tell(answer);
    this.#socket.close(DONE);
  }

  #fail(error: unknown): void {
    if (this.#over.signal.aborted) return;
    this.#parts.logger.warn({ err: error, place: this.#parts.caller.place }, "a terminal could not be opened");
    this.#socket.close(FAILED);
  }

  #ping(): void {
    if (!this.#isAlive) {
      this.#socket.terminate();
      return;
    }
    this.#isAlive = false;
    this.#socket.ping();
  }
}

function parseRequest(data: Buffer): TerminalRequest | null {
  try {
    return TerminalRequest.safeParse(JSON.parse(data.toString())).data ?? null;
  } catch {
    return null; // not JSON
  }
}
