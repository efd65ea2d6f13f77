/** Two byte streams made one: back-pressure, half-closes and ends pass through; nothing is read of what passes. */
import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import type { ClientChannel, ServerChannel } from "ssh2";
import { onClosedByClient } from "./ssh2.ts";

const NOTHING = Buffer.alloc(0);

/** How long what was sent before its end may take to be read. */
const LINGER_MS = 30_000;

/**
 * A forwarded connection: `channel` is the client's at our door, `other` where it leads. ssh2 would close a server's
 * channel with its end; here one direction may end and the other go on. A client may close a channel while much of
 * what it sent still waits here: all of it is passed on first.
 */
export function joinForward(channel: ServerChannel, other: ClientChannel | Socket, onTraffic?: (piece: Buffer) => void): void {
  let timer: NodeJS.Timeout | undefined;
  let isOtherClosed = false;
  const cut = () => {
    channel.close();
    other.destroy();
  };
  channel.on("error", cut);
  other.on("error", cut);
  channel.pipe(other);
  other.pipe(channel, { end: false });
  if (onTraffic !== undefined) for (const stream of [channel, other]) stream.on("data", onTraffic);
  other.once("end", () => channel.write(NOTHING, () => channel.eof()));
  other.once("close", () => {
    clearTimeout(timer);
    isOtherClosed = true;
    // What still comes leads nowhere, and must not hold up the channel's own end.
    channel.resume();
    if (channel.writable) channel.write(NOTHING, () => channel.close());
  });
  channel.once("close", () => {
    if (isOtherClosed) return;
    timer = setTimeout(cut, LINGER_MS);
    other.end(() => other.destroy());
  });
}

/**
 * A shell, a command or a file transfer. Its output and its errors go to the client through one gate, one piece at a
 * time: ssh2 loses or stops what waits on both at once.
 * @param typed came before the session was there
 * @returns when it is over and the client was told how.
 */
export async function joinSession(channel: ServerChannel, inside: ClientChannel, typed: Buffer, onTraffic: () => void): Promise<void> {
  onClosedByClient(channel, () => inside.close());
  if (typed.length > 0) inside.write(typed);
  if (channel.readableEnded) inside.end();
  else channel.pipe(inside);
  const gate = new Gate();
  // Not by "exit": a short command's may have come, in one piece with its beginning, before anybody could listen.
  const closed = new Promise<Exit>((resolve) => {
    inside.once("close", (code?: number | null, signal?: string, dump?: unknown, text?: string) => {
      if (code === undefined) resolve(null);
      else resolve(code !== null ? { code } : { signal: signal ?? "TERM", dump: dump === true, text: text ?? "" });
    });
  });
  for (const stream of [channel, inside, inside.stderr]) stream.on("data", onTraffic);
  const passed = Promise.all([gate.pass(inside, channel), gate.pass(inside.stderr, channel.stderr)]);
  const exit = await closed;
  await passed;
  tellExit(channel, exit);
  channel.end();
}

type Exit = { readonly code: number } | { readonly signal: string; readonly dump: boolean; readonly text: string } | null;

function tellExit(channel: ServerChannel, exit: Exit): void {
  if (exit === null) return;
  if ("code" in exit) channel.exit(exit.code);
  else if (SIGNALS.has(exit.signal.replace(/^SIG/, ""))) channel.exit(exit.signal, exit.dump, exit.text);
  // A signal that SSH has no name for: as a shell tells it, without the number.
  else channel.exit(128);
}

/** RFC 4254, section 6.10: ssh2 throws at any other. */
const SIGNALS = new Set(["ABRT", "ALRM", "FPE", "HUP", "ILL", "INT", "QUIT", "SEGV", "TERM", "USR1", "USR2", "KILL", "PIPE"]);

/** One write at a time, whoever asks for it. */
class Gate {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when all of it has been passed on. */
  pass(from: Readable, to: Writable): Promise<void> {
    return new Promise((resolve) => {
      from.on("data", (chunk: Buffer) => {
        from.pause();
        this.#last = this.#last.then(() => new Promise<void>((written) => to.write(chunk, () => written())));
        void this.#last.then(() => from.resume());
      });
      from.once("end", resolve).once("close", resolve);
    });
  }
}
