/** Listening on a Unix socket that a predecessor may have left behind. */
import { chmodSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import type { FastifyInstance } from "fastify";

/** sockaddr_un holds 108 bytes; a path is kept well below. */
const MAX_PATH_BYTES = 100;

/**
 * Listens on `path` (0600), in a directory that is made 0700 if it is new. Replaces the socket of a
 * hub that died, never that of one that lives.
 * @throws when somebody answers there, or something else than a socket lies there.
 */
export async function listenOnSocket(app: FastifyInstance, path: string): Promise<void> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES)
    throw new Error(`The socket path ${path} is longer than ${MAX_PATH_BYTES} bytes. Choose a shorter runtime_dir.`);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  await removeStale(path);
  await app.listen({ path });
  chmodSync(path, 0o600);
}

async function removeStale(path: string): Promise<void> {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry === undefined) return;
  if (!entry.isSocket()) throw new Error(`${path} is in the way and is no socket. Move it away.`);
  if (await isAnswered(path)) throw new Error(`Another hub answers on ${path}. Stop it first.`);
  rmSync(path, { force: true });
}

/** Does somebody live behind this socket? Neither a socket left behind nor a missing one answers. */
export function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}
