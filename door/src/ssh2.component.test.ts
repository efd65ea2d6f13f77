/** Channels, with both of their ends at hand. */
import { once } from "node:events";
import type { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import type { ClientChannel, ServerChannel } from "ssh2";
import { afterEach, beforeEach, expect, test } from "vitest";
import { answerEarlyClose } from "./ssh2.ts";
import { openChannel, openPair, type Pair } from "./testing/pair.ts";

let pair: Pair;
beforeEach(async () => {
  pair = await openPair();
});
afterEach(() => pair.close());

const PIECE = Buffer.alloc(64 * 1024, "x");
const PIECES = 1000;
const MOST_IN_MEMORY = 1024 * 1024;

/** What the other end of a channel may be sent: as much as SSH can say. */
function widen(end: ServerChannel | ClientChannel): void {
  (end as unknown as { outgoing: { window: number } }).outgoing.window = 2 ** 32 - 1;
}

/** Each as soon as the one before it counts as written. @returns what most waited in the socket at any time */
async function writeAll(to: Writable, socket: { readonly writableLength: number }, pieces = PIECES): Promise<number> {
  let most = 0;
  for (let piece = 0; piece < pieces; piece += 1) {
    await new Promise<void>((written) => to.write(PIECE, () => written()));
    most = Math.max(most, socket.writableLength);
  }
  return most;
}

test.each([
  ["output to a client", (far: ServerChannel) => far, "server"],
  ["errors to a client", (far: ServerChannel) => far.stderr, "server"],
  ["input to a session", (_far: ServerChannel, near: ClientChannel) => near, "client"],
] as const)("%s that takes a large window and reads nothing waits at its source, not in memory", async (_what, pick, writer) => {
  const { far, near } = await openChannel(pair);
  for (const end of [far, near]) widen(end);
  const from = pair.sockets[writer];
  const reader = pair.sockets[writer === "server" ? "client" : "server"];
  let read = 0;
  for (const stream of [near, near.stderr, far]) stream.on("data", (chunk: Buffer) => (read += chunk.length));
  reader.pause();
  const written = writeAll(pick(far, near), from);
  await expect.poll(() => from.writableNeedDrain).toBe(true);
  reader.resume();
  expect(await written).toBeLessThan(MOST_IN_MEMORY);
  await expect.poll(() => read).toBe(PIECE.length * PIECES);
});

test("many channels of one connection: all of each comes through, and little of it waits in memory", async () => {
  const channels = [await openChannel(pair)];
  for (let more = 1; more < 12; more += 1) channels.push(await openChannel(pair));
  let read = 0;
  for (const { far, near } of channels) {
    widen(far);
    near.on("data", (chunk: Buffer) => (read += chunk.length));
  }
  pair.sockets.client.pause();
  const written = Promise.all(channels.map(({ far }) => writeAll(far, pair.sockets.server, 100)));
  await expect.poll(() => pair.sockets.server.writableNeedDrain).toBe(true);
  pair.sockets.client.resume();
  expect(Math.max(...(await written))).toBeLessThan(MOST_IN_MEMORY);
  await expect.poll(() => read).toBe(PIECE.length * 100 * channels.length);
});

test("while keys are exchanged what is written waits at its source, and then goes on", async () => {
  const { far, near } = await openChannel(pair);
  widen(far);
  let read = 0;
  near.on("data", (chunk: Buffer) => (read += chunk.length));
  pair.sockets.client.pause();
  pair.connection.rekey(() => {});
  let isWritten = false;
  const first = new Promise<void>((written) => far.write(PIECE, () => written())).then(() => {
    isWritten = true;
  });
  // A stream tells of a write in the turn after it; so much later it would have.
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  expect(isWritten).toBe(false);
  pair.sockets.client.resume();
  await first;
  await expect.poll(() => read).toBe(PIECE.length);
});

test("a connection that is lost lets go of who waits for it", async () => {
  const { far } = await openChannel(pair);
  widen(far);
  pair.sockets.client.pause();
  const waiting = new Promise<void>((resolve) => {
    const writeOn = () => void far.write(PIECE, () => (pair.sockets.server.destroyed ? resolve() : writeOn()));
    writeOn();
  });
  await expect.poll(() => pair.sockets.server.writableNeedDrain).toBe(true);
  pair.sockets.server.destroy();
  await waiting;
});

/** What an end of the connection can be made to say, whatever it would say by itself. */
interface Mouth {
  readonly _chanMgr: {
    readonly _channels: Readonly<Record<number, object>>;
    add(opened: (error: Error | undefined, channel?: ClientChannel) => void): number;
  };
  readonly _protocol: {
    session(channel: number, window: number, packetBytes: number): void;
    channelOpenConfirm(recipient: number, sender: number, window: number, packetBytes: number): void;
  };
}

function toMouth(end: object): Mouth {
  return end as Mouth;
}

/** Answers with this maximum packet size. @returns what makes it honest again */
function confirmWith(end: object, packetBytes: number): () => void {
  const { _protocol: protocol } = toMouth(end);
  const honest = protocol.channelOpenConfirm.bind(protocol);
  const confirm: Mouth["_protocol"]["channelOpenConfirm"] = (recipient, sender, window) => honest(recipient, sender, window, packetBytes);
  Object.assign(protocol, { channelOpenConfirm: confirm });
  return () => Object.assign(protocol, { channelOpenConfirm: honest });
}

test.each([
  [0, "refused"],
  [1023, "refused"],
  [1024, "opened"],
])("a client that takes packets of %i bytes at most is %s", async (packetBytes, expected) => {
  let sessions = 0;
  pair.connection.on("session", (accept) => {
    sessions += 1;
    accept();
  });
  const { _chanMgr: channels, _protocol: protocol } = toMouth(pair.client);
  const outcome = await new Promise<string>((resolve) => {
    const id = channels.add(
      Object.assign((error: Error | undefined) => resolve(error === undefined ? "opened" : "refused"), { type: "session" }),
    );
    protocol.session(id, 2 ** 20, packetBytes);
  });
  expect(outcome).toBe(expected);
  expect(sessions).toBe(expected === "opened" ? 1 : 0);
});

test("a channel that is closed before it became a shell is answered and forgotten", async () => {
  pair.connection.on("session", (accept) => answerEarlyClose(pair.connection, accept()));
  const { _chanMgr: channels, _protocol: protocol } = toMouth(pair.client);
  for (let round = 0; round < 2; round += 1) {
    const channel = await new Promise<ClientChannel>((resolve) => {
      const opened = (_error: Error | undefined, known?: ClientChannel) => known !== undefined && resolve(known);
      protocol.session(channels.add(Object.assign(opened, { type: "session" })), 2 ** 20, 2 ** 15);
    });
    const closed = once(channel, "close");
    channel.resume().close();
    await closed;
  }
  const remembered = () => Object.keys(toMouth(pair.connection)._chanMgr._channels);
  expect(remembered()).toEqual([]);
  // One that became a command ends as before.
  pair.connection.removeAllListeners("session");
  pair.connection.on("session", (accept) => {
    const session = accept();
    answerEarlyClose(pair.connection, session);
    session.once("exec", (acceptExec) => acceptExec().end("here"));
  });
  const ran = await new Promise<ClientChannel>((resolve) => pair.client.exec("", (_error, channel) => resolve(channel)));
  const over = once(ran, "close");
  expect(await text(ran)).toBe("here");
  await over;
  await expect.poll(remembered).toEqual([]);
});

test("a session's sshd that takes no packets is refused, and asked again", async () => {
  const beHonest = confirmWith(pair.connection, 0);
  await expect(openChannel(pair)).rejects.toThrow("packet size");
  beHonest();
  pair.connection.removeAllListeners("session");
  const { far, near } = await openChannel(pair);
  far.end("here");
  expect(await text(near)).toBe("here");
});

test("a job's client that takes no packets is refused, and asked again", async () => {
  pair.client.on("unix connection", (_info, accept) => accept().end("here"));
  pair.connection.once("request", (accept: (() => void) | undefined) => accept?.());
  await new Promise((listening) => pair.client.openssh_forwardInStreamLocal("/app.sock", listening));
  const ask = () =>
    new Promise<ServerChannel>((resolve, reject) => {
      pair.connection.openssh_forwardOutStreamLocal("/app.sock", (error, channel) =>
        error === undefined ? resolve(channel) : reject(error),
      );
    });
  const beHonest = confirmWith(pair.client, 0);
  await expect(ask()).rejects.toThrow("packet size");
  beHonest();
  expect(await text(await ask())).toBe("here");
});
