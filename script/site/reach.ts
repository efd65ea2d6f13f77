/** Ports of this host's loopback, and whether Fairway answers there. */
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** The port itself, or the next one up that nobody has. @throws when there is none near. */
export async function findFreePort(wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + 100; port += 1) if (await isFree(port)) return port;
  throw new Error(`No port from ${wanted} to ${wanted + 99} is free on 127.0.0.1: name another with --port.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false; // Somebody has it; which error says so differs.
  }
  server.close();
  await once(server, "close");
  return true;
}

/** Waits until the hub answers through the edge. @throws when it does not within `timeoutMs`. */
export async function waitUntilHealthy(url: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let last = "nobody listens";
  while (performance.now() < deadline) {
    try {
      const response = await fetch(new URL("api/v1/site", url), { signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]) });
      await response.body?.cancel();
      if (response.ok) return;
      last = `status ${response.status}`;
    } catch (error) {
      signal.throwIfAborted();
      last = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    }
    await sleep(200, undefined, { signal });
  }
  throw new Error(`Fairway does not answer at ${url} (${last}).`);
}
