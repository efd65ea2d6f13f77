// Locks that die with their holder: an abstract Unix socket that only one process can bind.
import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Runs `work` while nobody else on this host holds the same lock; `onWait` is called once if somebody does. */
export async function withLock<T>(name: string, onWait: () => void, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  let server = await bind(name);
  if (!server) onWait();
  while (!server) {
    await sleep(200, undefined, { signal });
    server = await bind(name);
  }
  try {
    return await work();
  } finally {
    server.close();
  }
}

function bind(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.on("error", (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? resolve(undefined) : reject(error)));
    server.listen({ path: `\0fairway-testbed:${name}` }, () => resolve(server));
  });
}
