/** Forwarded connections whose ends come at different times. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { ClientChannel, ServerChannel } from "ssh2";
import { afterEach, beforeEach, expect, test } from "vitest";
import { joinForward } from "./join.ts";
import { openChannel, openPair, type Pair } from "./testing/pair.ts";

const endings: (() => void)[] = [];
/** The door's end of the channel, and the client's. */
let channel: ServerChannel;
let client: ClientChannel;

async function openAnother(): Promise<Pair> {
  const pair = await openPair();
  endings.push(() => pair.close());
  return pair;
}

beforeEach(async () => {
  const { far, near } = await openChannel(await openAnother());
  channel = far;
  client = near;
});
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

/** Both ends of a Unix socket, as a tunnel's. */
async function openSockets(): Promise<{ other: Socket; reader: Socket }> {
  const dir = mkdtempSync(join(tmpdir(), "fairway-join-"));
  const server = createServer({ allowHalfOpen: true }).listen(join(dir, "a.sock"));
  await once(server, "listening");
  const accepted = once(server, "connection");
  const reader = connect({ path: join(dir, "a.sock"), allowHalfOpen: true });
  const [other] = (await accepted) as [Socket];
  endings.push(() => {
    reader.destroy();
    server.close();
    rmSync(dir, { recursive: true });
  });
  return { other, reader };
}

/** A channel into a session, and its end there. */
async function openSession(): Promise<{ other: ClientChannel; reader: ServerChannel }> {
  const { far, near } = await openChannel(await openAnother());
  return { other: near, reader: far };
}

/** A piece at a time. @returns how many bytes came before the end */
function readSlowly(reader: Readable, pauseMs: number): Promise<number> {
  let bytes = 0;
  return new Promise((resolve) => {
    reader.once("end", () => resolve(bytes));
    reader.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      reader.pause();
      setTimeout(() => reader.resume(), pauseMs);
    });
  });
}

test("what a client sent before it closed comes whole to one who reads slowly, however long that takes", async () => {
  const { other, reader } = await openSockets();
  joinForward(channel, other, { halfOpenMs: 1000 });
  const read = readSlowly(reader, 80);
  client.end(Buffer.alloc(1_900_000, "x"), () => client.close());
  expect(await read).toBe(1_900_000);
});

test.each([
  ["a tunnel's socket", openSockets, 1_500_000],
  // More than it has room for by itself.
  ["a session", openSession, 5_000_000],
] as const)("what a client sent before it closed is given up when %s reads nothing of it", async (_what, open, bytes) => {
  const { other, reader } = await open();
  joinForward(channel, other, { halfOpenMs: 300 });
  reader.pause();
  client.end(Buffer.alloc(bytes, "x"), () => client.close());
  // A session's end of the channel reads nothing, not even its close.
  if ("setTimeout" in other) await once(other, "close");
  else await expect.poll(() => (other as unknown as { outgoing: { state: string } }).outgoing.state).not.toBe("open");
});

test("a request that was given up goes when the app says nothing any more", async () => {
  const { other, reader } = await openSockets();
  joinForward(channel, other, { halfOpenMs: 300 });
  client.resume();
  reader.end("a request");
  await Promise.all([once(other, "close"), once(client, "close")]);
});

test("an answer that comes little by little after the request's end comes whole", async () => {
  const { other, reader } = await openSockets();
  joinForward(channel, other, { halfOpenMs: 1000 });
  reader.end("a request");
  expect(await text(client)).toBe("a request");
  const answer = text(reader);
  for (let piece = 0; piece < 20; piece += 1) {
    client.write("x");
    await new Promise((resolve) => setTimeout(resolve, 80));
  }
  client.end();
  expect(await answer).toBe("x".repeat(20));
});
