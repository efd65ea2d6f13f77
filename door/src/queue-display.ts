/** What a person sees while a session is not there yet: one line in place on a terminal, lines of stderr elsewhere. */
import type { ServerChannel } from "ssh2";

/** Control characters in what the cluster says would be the terminal's orders. */
const clean = (line: string) => line.replace(/\p{Cc}/gu, "?");
const CLEAR = "\r\x1b[K";
const CTRL_C = 0x03;
const MOST_TYPED_BYTES = 4096;

export class QueueDisplay {
  readonly #channel: ServerChannel;
  readonly #terminal: { readonly cols: number } | null;
  readonly #typed: Buffer[] = [];
  readonly #onData: (chunk: Buffer) => void;
  #typedBytes = 0;
  #last = "";

  /** @param onLeave the person pressed Ctrl-C; only with a terminal */
  constructor(channel: ServerChannel, terminal: { readonly cols: number } | null, onLeave: () => void) {
    this.#channel = channel;
    this.#terminal = terminal;
    this.#onData = (chunk) => {
      if (chunk.includes(CTRL_C)) onLeave();
      else this.#keep(chunk.subarray(0, MOST_TYPED_BYTES - this.#typedBytes));
    };
    // Without a terminal nothing is read yet: it is the command's own input.
    if (terminal !== null) channel.on("data", this.#onData);
  }

  show(line: string): void {
    if (line === this.#last) return;
    this.#last = line;
    if (this.#terminal === null) this.#channel.stderr.write(`fairway: ${clean(line)}\n`);
    else this.#channel.write(`${CLEAR}${clean(line).slice(0, Math.max(20, this.#terminal.cols || 80) - 1)}`);
  }

  /** The session is there: the line goes. @returns what was typed meanwhile, which is the session's */
  open(): Buffer {
    if (this.#terminal === null) return Buffer.alloc(0);
    this.#channel.off("data", this.#onData);
    this.#channel.pause();
    if (this.#last !== "") this.#channel.write(CLEAR);
    return Buffer.concat(this.#typed);
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    // A copy: it is a small part of what came with it.
    this.#typed.push(Buffer.from(bytes));
    this.#typedBytes += bytes.length;
  }
}

/** The last thing that is said on a channel, and its end. */
export function sayAndEnd(channel: ServerChannel, hasTerminal: boolean, line: string, code: number): void {
  if (hasTerminal) channel.write(`${CLEAR}${clean(line)}\r\n`);
  else channel.stderr.write(`fairway: ${clean(line)}\n`);
  channel.exit(code);
  channel.end();
}
