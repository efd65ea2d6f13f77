/**
 * Streams for whoever opens a Unix socket: each socket is for one connection, which a program on the cluster takes over.
 * The program has the connection itself as its input and output: nothing of it passes through this process, and it goes
 * on without it. Whoever may know a socket's path decides who comes in by it; this here asks nobody.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { createServer, type Server, Socket } from "node:net";
import { join } from "node:path";
import { ExecError, type Stream } from "./types.ts";

/** Nobody came: what was made ready goes. */
const PATIENCE_MS = 30_000;
const STDERR_BYTES = 2000;

export interface StreamSocketsOptions {
  /** Private to this account; its sockets are at most 30 bytes longer. */
  readonly runtimeDir: string;
  /** How a program ended that did not end well. */
  readonly onError: (error: unknown) => void;
  readonly patienceMs?: number;
}

export interface StreamSockets {
  /** A socket (0600) at which the first who connects gets this stream. */
  offer(stream: Stream): Promise<string>;
  /** Takes back what nobody has come for. What is under way goes on. */
  close(): Promise<void>;
}

export function openStreamSockets({ runtimeDir, onError, patienceMs = PATIENCE_MS }: StreamSocketsOptions): StreamSockets {
  const folder = join(runtimeDir, "streams");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Of a hub that was killed: nobody listens there any more.
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { force: true });
  const offers = new Set<() => Promise<void>>();

  return {
    offer: async (stream) => {
      const path = join(folder, `${randomBytes(8).toString("hex")}.sock`);
      const server = createServer({ pauseOnConnect: true });
      const withdraw = (): boolean => {
        clearTimeout(timer);
        if (!offers.delete(takeBack)) return false;
        server.close();
        rmSync(path, { force: true });
        return true;
      };
      const takeBack = async () => {
        if (withdraw()) await stream.release();
      };
      const timer = setTimeout(() => void takeBack(), patienceMs);
      offers.add(takeBack);
      server.once("connection", (socket) => {
        withdraw();
        void handOver(stream, socket).catch(onError);
      });
      await listen(server, path);
      return path;
    },
    close: async () => {
      await Promise.all([...offers].map((takeBack) => takeBack()));
    },
  };
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen(path);
  await once(server, "listening");
  chmodSync(path, 0o600);
}

/** Resolves when the program has ended and its stream is released. @throws ExecError where it ended badly */
async function handOver(stream: Stream, socket: Socket): Promise<void> {
  try {
    await runOn(socket, stream);
  } finally {
    await stream.release();
  }
}

async function runOn(socket: Socket, { argv, env }: Stream): Promise<void> {
  const [program, ...args] = argv;
  // A group of its own: what ends this process does not end it. Its connection's end does.
  const child = spawn(program, args, { cwd: "/", env, stdio: [socket, socket, "pipe"], detached: true });
  // The program has it now; ours would keep the other side from seeing its end.
  socket.destroy();
  child.unref();
  let words = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    words = (words + text).slice(-STDERR_BYTES);
  });
  if (child.stderr instanceof Socket) child.stderr.unref();
  const [exitCode] = await once(child, "close").catch((cause: unknown) => {
    throw new ExecError("not_found", argv, { cause });
  });
  // sshd ends with 255 whenever its client has gone.
  if (exitCode !== 0 && exitCode !== 255) throw new ExecError("killed", argv, { stderrTail: words });
}
