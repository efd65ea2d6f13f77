/**
 * Streams for whoever opens a Unix socket: each socket is for one connection, which a program on the cluster takes over.
 * The program has the connection itself as its input and output: nothing of it passes through this process, and it goes
 * on without it. Whoever may know a socket's path decides who comes in by it; this here asks nobody.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { createServer, Socket } from "node:net";
import { join } from "node:path";
import { pause } from "../pause.ts";
import { Slots } from "./openssh/slots.ts";
import type { Stream } from "./types.ts";

export interface StreamSocketsOptions {
  /** Private to this account; its sockets are at most 30 bytes longer. */
  readonly runtimeDir: string;
  /** How a program ended that did not end well. */
  readonly onError: (error: unknown) => void;
  readonly limits?: Partial<StreamLimits>;
}

export interface StreamLimits {
  /** Nobody came: what was made ready goes. */
  readonly patienceMs: number;
  /** Made ready at a time, for one person and in all. */
  readonly perUser: number;
  readonly inAll: number;
  /** From a program's start to its sshd's first word: "Accepted". */
  readonly startMs: number;
}

const DEFAULT_LIMITS: StreamLimits = { patienceMs: 10_000, perUser: 8, inAll: 64, startMs: 60_000 };
/** More at a time, and the login node's sshd drops some of them (MaxStartups, mostly 10). */
const STARTS = 5;
const STDERR_BYTES = 2000;

/** This person, or everybody together, has too many under way. */
export class TooManyStreams extends Error {
  override readonly name = "TooManyStreams";
}

export interface StreamSockets {
  /** A socket (0600) at which the first who connects gets the stream that `open` makes. @throws TooManyStreams; what `open` does */
  offer(user: string, open: () => Promise<Stream>): Promise<{ readonly path: string; readonly stream: Stream }>;
  /** Takes back what nobody has come for. What is under way goes on. */
  close(): Promise<void>;
}

export function openStreamSockets(options: StreamSocketsOptions): StreamSockets {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const folder = join(options.runtimeDir, "streams");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Of a hub that was killed: nobody listens there any more.
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { force: true });
  const starts = new Slots(STARTS);
  const places = new Set<{ readonly user: string }>();
  const offers = new Set<() => Promise<void>>();

  const listen = async (stream: Stream, onOver: () => void): Promise<string> => {
    const path = join(folder, `${randomBytes(8).toString("hex")}.sock`);
    const server = createServer({ pauseOnConnect: true });
    const withdraw = (): boolean => {
      clearTimeout(timer);
      if (!offers.delete(takeBack)) return false;
      server.close();
      rmSync(path, { force: true });
      onOver();
      return true;
    };
    const takeBack = async () => {
      if (withdraw()) await stream.release();
    };
    const timer = setTimeout(() => void takeBack(), limits.patienceMs);
    offers.add(takeBack);
    server.once("connection", (socket) => {
      withdraw();
      void handOver(stream, socket, starts, limits.startMs).catch(options.onError);
    });
    try {
      server.listen(path);
      await once(server, "listening");
      chmodSync(path, 0o600);
    } catch (error) {
      await takeBack();
      throw error;
    }
    return path;
  };

  return {
    offer: async (user, open) => {
      const isOfUser = (place: { readonly user: string }) => place.user === user;
      if (places.size >= limits.inAll || [...places].filter(isOfUser).length >= limits.perUser) throw new TooManyStreams();
      const place = { user };
      places.add(place);
      const onOver = () => void places.delete(place);
      try {
        const stream = await open();
        return { path: await listen(stream, onOver), stream };
      } catch (error) {
        onOver();
        throw error;
      }
    },
    close: async () => {
      await Promise.all([...offers].map((takeBack) => takeBack()));
    },
  };
}

/** Resolves when the program has ended and its stream is released. @throws Error where it ended badly */
async function handOver(stream: Stream, socket: Socket, starts: Slots, startMs: number): Promise<void> {
  try {
    await starts.take(AbortSignal.timeout(startMs));
    const running = startOn(socket, stream);
    const waiting = new AbortController();
    const begun = Promise.race([running.hasSpoken, running.ended, pause(startMs, waiting.signal)]);
    await begun.finally(() => {
      waiting.abort();
      starts.free();
    });
    // A login node that says nothing while somebody signs in: ssh would wait for it without end.
    if (running.words() === "") endGroup(running.child);
    await running.ended;
  } finally {
    socket.destroy();
    await stream.release();
  }
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGTERM");
  } catch {
    // It has ended meanwhile.
  }
}

interface Running {
  readonly child: ChildProcess;
  /** What it has complained about; sshd says there, too, that it has let somebody in. */
  readonly words: () => string;
  readonly hasSpoken: Promise<void>;
  readonly ended: Promise<void>;
}

function startOn(socket: Socket, { argv, env }: Stream): Running {
  const [program, ...args] = argv;
  // A group of its own: what ends this process does not end it. Its connection's end does.
  const child = spawn(program, args, { cwd: "/", env, stdio: [socket, socket, "pipe"], detached: true });
  // The program has it now; ours would keep the other side from seeing its end.
  socket.destroy();
  child.unref();
  let words = "";
  const { promise: hasSpoken, resolve } = Promise.withResolvers<void>();
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    words = (words + text).slice(-STDERR_BYTES);
    resolve();
  });
  if (child.stderr instanceof Socket) child.stderr.unref();
  const ended = once(child, "close").then(
    ([exitCode]) => {
      // sshd ends with 255 whenever its client has gone.
      if (exitCode !== 0 && exitCode !== 255) throw new Error(`an sshd for one connection ended with ${exitCode}: ${words.trim()}`);
    },
    (cause: unknown) => {
      throw new Error(`${program} could not be started`, { cause });
    },
  );
  return { child, words: () => words, hasSpoken, ended };
}
