/** Two byte streams made one: back-pressure, half-closes and ends pass through; nothing is read of what passes. */
import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import type { ClientChannel, ServerChannel } from "ssh2";
import { onClosedByClient } from "./ssh2.ts";

const NOTHING = Buffer.alloc(0);

export interface ForwardOptions {
  /** How long nothing may move once one end has said its last word. */
  readonly halfOpenMs: number;
  readonly onTraffic?: (piece: Buffer) => void;
}

/**
 * A forwarded connection: `channel` is the client's at our door, `other` where it leads. ssh2 would close a server's
 * channel with its end; here one direction may end and the other go on. A client may close a channel while much of
 * what it sent still waits here: all of it is passed on first, however long it takes, as long as it is read.
 */
export function joinForward(channel: ServerChannel, other: ClientChannel | Socket, { halfOpenMs, onTraffic }: ForwardOptions): void {
  let stopWaiting = () => {};
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
  other.once("end", () => {
    channel.write(NOTHING, () => channel.eof());
    // A job's tunnel: whoever asked may have given up, and an app that ignores that must not keep it for ever.
    if (isSocket(other)) stopWaiting = limitSilence(other, halfOpenMs, cut);
  });
  other.once("close", () => {
    stopWaiting();
    isOtherClosed = true;
    // What still comes leads nowhere, and must not hold up the channel's own end.
    channel.resume();
    if (channel.writable) channel.write(NOTHING, () => channel.close());
  });
  onClosedByClient(channel, () => {
    if (isOtherClosed) return;
    stopWaiting = isSocket(other) ? limitSilence(other, halfOpenMs, cut) : limitStandstill(channel, other, halfOpenMs, cut);
  });
  channel.once("close", () => {
    if (!isOtherClosed) other.end(() => other.destroy());
  });
}

function isSocket(stream: ClientChannel | Socket): stream is Socket {
  return "setTimeout" in stream;
}

/** Node's own timer of a socket knows also of a piece that is taken little by little. */
function limitSilence(socket: Socket, ms: number, cut: () => void): () => void {
  socket.setTimeout(ms, cut);
  return () => socket.setTimeout(0);
}

/** For what is left of a channel that nothing comes into any more. */
function limitStandstill(channel: ServerChannel, other: ClientChannel, ms: number, cut: () => void): () => void {
  const countLeft = () => channel.readableLength + other.writableLength;
  let left = countLeft();
  const timer = setInterval(() => {
    const now = countLeft();
    if (now < left) {
      left = now;
      return;
    }
    // Once: the other end may never say that it is closed.
    clearInterval(timer);
    cut();
  }, ms);
  return () => clearInterval(timer);
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
