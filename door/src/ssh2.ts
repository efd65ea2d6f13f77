/**
 * The one way to the `ssh2` package, with what 1.17 lacks. It knows ssh2's insides, and nobody else does; a new
 * version of ssh2 is taken when this file and the door's component tests agree with it.
 *
 * - Its server half reads a terminal's modes from the wrong byte on and so never has any, and would take IUTF8 (42),
 *   which every Linux client sends, for a malformed packet. Here they stay the client's own bytes.
 * - A channel keeps the piece that once had to wait for room, and sends it again when stderr waits.
 * - It offers every client the same, and takes what the client likes best.
 * - It writes each packet in three pieces, lets OpenSSL prepare a key anew for each, and draws its padding one by one.
 * - Its server half can neither say anything before somebody has signed in, nor open a channel to the client's agent.
 */
import { createSecretKey, type KeyObject } from "node:crypto";
import { createRequire } from "node:module";
import type { Socket } from "node:net";
import type { Connection, PseudoTtyInfo, ServerChannel, Session, Client as SshClient, TerminalModes } from "ssh2";
import { parseTerminalRequest, readChannelConfirmation, readChannelOpen, type TerminalRequest } from "./channel-packets.ts";
import { fillFromPage } from "./random-page.ts";
import { Room } from "./room.ts";

const require = createRequire(import.meta.url);

const crypto: { randomFillSync: typeof fillFromPage } = require("node:crypto");
const drawOne = crypto.randomFillSync;
// ssh2 takes its own hold of it while it is loaded, and nobody else sees the exchange.
crypto.randomFillSync = fillFromPage;
const handlers: PacketHandler[] = require("ssh2/lib/protocol/handlers.js");
const ssh2: typeof import("ssh2") = require("ssh2");
crypto.randomFillSync = drawOne;

export const { BaseAgent, Client, Server, utils } = ssh2;

type PacketHandler = (protocol: Protocol, payload: Buffer) => void;
interface Protocol {
  /** Set while keys are exchanged: what is sent then must wait. */
  readonly _kexinit: unknown;
  readonly _kex?: { readonly _sentNEWKEYS: boolean };
  readonly _packetRW: { readonly write: { readonly allocStart: number; alloc(bytes: number): Buffer; finalize(packet: Buffer): Buffer } };
  readonly _cipher: { encrypt(packet: Buffer): void; _encKey?: Buffer | KeyObject };
  readonly _decipher: { _decipherKey?: Buffer | KeyObject };
  /** What it will say that it can do, until it has said so. */
  _offer: KexInit;
  channelOpenFail(recipient: number, reason: number, description: string): void;
  channelClose(recipient: number): void;
  openssh_authAgent(channel: number, window: number, packet: number): void;
  readonly _handlers: {
    CHANNEL_OPEN_FAILURE?(protocol: Protocol, recipient: number, reason: number, description: string): void;
    CHANNEL_REQUEST?(protocol: Protocol, recipient: number, type: string, wantReply: boolean, data: unknown): void;
  };
}

const NO_MODES = Buffer.from([0]);

/** What ssh2's `pty` event carries, since the repair below. */
export function readTerminalRequest(info: PseudoTtyInfo): TerminalRequest {
  const { term, cols, rows, width, height } = info;
  return { term, cols, rows, width, height, modes: Buffer.isBuffer(info.modes) ? info.modes : NO_MODES };
}

/** ssh2's client sends bytes as they are; only its types know nothing of it. */
export function toModes(bytes: Buffer): TerminalModes {
  const modes: object = bytes;
  return modes;
}

/** @param take answers the packets that are not to be handled as they were; false for the others */
function takeFirst(message: number, take: (protocol: Protocol, payload: Buffer) => boolean): void {
  const theirs = handlers[message];
  if (theirs === undefined) throw new Error(`ssh2 has changed: it has no handler for message ${message}`);
  handlers[message] = (protocol, payload) => {
    if (!take(protocol, payload)) theirs(protocol, payload);
  };
}

const CHANNEL_OPEN = 90;
const CHANNEL_OPEN_CONFIRMATION = 91;
const CHANNEL_REQUEST = 98;
/** Of RFC 4254, section 5.1. */
const CONNECT_FAILED = 2;
const RESOURCE_SHORTAGE = 4;
/** Each end can take packets of 32768 bytes (RFC 4253, section 6.1), and known ones say that they take 16 KiB or more. */
const LEAST_PACKET_BYTES = 1024;
const TOO_SMALL = "its maximum packet size is too small";

// A peer's maximum packet size below 1 KiB is refused: RFC 4254, section 5.1 lets either end refuse a channel.
takeFirst(CHANNEL_OPEN, (protocol, payload) => {
  const open = readChannelOpen(payload);
  if (open === null || open.packetBytes >= LEAST_PACKET_BYTES) return false;
  protocol.channelOpenFail(open.sender, RESOURCE_SHORTAGE, TOO_SMALL);
  return true;
});

// Of a channel that we asked for: whoever asked is told that it failed, and the peer that it is closed.
takeFirst(CHANNEL_OPEN_CONFIRMATION, (protocol, payload) => {
  const opened = readChannelConfirmation(payload);
  if (opened === null || opened.packetBytes >= LEAST_PACKET_BYTES) return false;
  protocol._handlers.CHANNEL_OPEN_FAILURE?.(protocol, opened.recipient, CONNECT_FAILED, TOO_SMALL);
  protocol.channelClose(opened.sender);
  return true;
});

takeFirst(CHANNEL_REQUEST, (protocol, payload) => {
  const request = parseTerminalRequest(payload);
  if (request === null) return false;
  protocol._handlers.CHANNEL_REQUEST?.(protocol, request.recipient, "pty-req", request.wantReply, request.terminal);
  return true;
});

interface AnyChannel {
  readonly _client: Insides;
  readonly stderr: object;
  /** What waits for the client's window, and what to call when it is sent. */
  _chunk: Buffer | undefined;
  _chunkcb: (() => void) | undefined;
  _chunkErr: Buffer | undefined;
  _chunkcbErr: (() => void) | undefined;
}
type Write<Stream> = (this: Stream, data: Buffer, encoding: BufferEncoding | null, done: () => void) => void;
interface Stderr {
  readonly _channel: AnyChannel;
  _write: Write<Stderr>;
}
interface ChannelClass {
  readonly prototype: AnyChannel & { _write: Write<AnyChannel> };
  new (client: null, info: object, options: { readonly server: true }): AnyChannel;
}
const { Channel, MAX_WINDOW, PACKET_SIZE }: { Channel: ChannelClass; MAX_WINDOW: number; PACKET_SIZE: number } =
  require("ssh2/lib/Channel.js");
const write = Channel.prototype._write;
Channel.prototype._write = function writeOnce(data, encoding, done) {
  const taken = whenTaken(this, done, this._chunkcb);
  this._chunk = undefined;
  this._chunkcb = undefined;
  write.call(this, data, encoding, taken);
};

// Its class has no name outside.
const stderr: Stderr = Object.getPrototypeOf(new Channel(null, {}, { server: true }).stderr);
const writeStderr = stderr._write;
stderr._write = function writeStderrOnce(data, encoding, done) {
  const { _channel: channel } = this;
  const taken = whenTaken(channel, done, channel._chunkcbErr);
  channel._chunkErr = undefined;
  channel._chunkcbErr = undefined;
  writeStderr.call(this, data, encoding, taken);
};

/**
 * A write to a channel is done when the connection has taken it, not only the channel's window (RFC 4254, section
 * 5.2): so a slow line holds back whoever sends.
 * @param rest what was to be called for a piece of which the rest is sent now: it waits already
 */
function whenTaken({ _client: client }: AnyChannel, done: () => void, rest: (() => void) | undefined): () => void {
  return done === rest ? done : () => roomOf(client).wait(done);
}

const rooms = new WeakMap<Insides, Room>();

/** Full while the socket has more than it likes, and while keys are exchanged: what is sent then waits in memory. */
function roomOf(connection: Insides): Room {
  const known = rooms.get(connection);
  if (known !== undefined) return known;
  const { _sock: socket, _protocol: protocol } = connection;
  const room = new Room(() => !socket.destroyed && (socket.writableNeedDrain || protocol._kexinit !== undefined));
  rooms.set(connection, room);
  const look = () => room.look();
  socket.on("drain", look).once("close", look);
  connection.on("handshake", look);
  return room;
}

/** What ssh2 keeps of a connection, beyond its types. */
type Insides = Connection & {
  readonly _sock: Socket;
  readonly _protocol: Protocol;
  readonly _chanMgr: { add(opened: ChannelOpened): number; remove(channel: number): void };
};
type ChannelOpened = (error: Error | undefined, channel?: ServerChannel) => void;

function toInsides(connection: Connection | SshClient): Insides {
  // ssh2's own class: its types leave out what begins with "_".
  return connection as Insides;
}

/** All that is written to a socket in one turn of the event loop goes out at once. Before ssh2 gets it. */
export function writeAtOnce(socket: Socket): void {
  const write = socket.write.bind(socket);
  let isGathering = false;
  const release = () => {
    isGathering = false;
    socket.uncork();
  };
  const gather = (...args: Parameters<Socket["write"]>) => {
    if (!isGathering) {
      isGathering = true;
      socket.cork();
      process.nextTick(release);
    }
    return write(...args);
  };
  Object.assign(socket, { write: gather });
}

/** GCM takes a key that is prepared already, for a third of the work on a small packet. */
export function prepareKeys(connection: Connection | SshClient): void {
  const { _protocol: protocol } = toInsides(connection);
  // Also after each later exchange of keys.
  connection.on("handshake", () => {
    const { _cipher: out, _decipher: back } = protocol;
    if (Buffer.isBuffer(out._encKey)) out._encKey = createSecretKey(out._encKey);
    if (Buffer.isBuffer(back._decipherKey)) back._decipherKey = createSecretKey(back._decipherKey);
  });
}

/**
 * Whether the client has sent its half of the first key exchange. Its end may be much later: a person may have to
 * compare our key before the client goes on.
 */
export function hasOfferedKey(connection: Connection): boolean {
  const { _protocol: protocol } = toInsides(connection);
  return protocol._kexinit === undefined || protocol._kex?._sentNEWKEYS === true;
}

interface List {
  readonly array: readonly string[];
}
interface KexInit {
  readonly lists: { readonly kex: List; readonly serverHostKey: List; readonly cs: { readonly mac: List; readonly compress: List } };
}
interface Offer {
  readonly kex: readonly string[];
  readonly serverHostKey: readonly string[];
  readonly cs: Readonly<Record<"cipher" | "mac" | "compress" | "lang", readonly string[]>>;
  readonly sc: Offer["cs"];
}
const { KexInit }: { KexInit: new (offer: Offer) => KexInit } = require("ssh2/lib/protocol/kex.js");

/** For this client these ciphers alone. To be called when the server says "connection": nothing was offered yet. */
export function offerCiphers(connection: Connection, cipher: readonly string[]): void {
  const { _protocol: protocol } = toInsides(connection);
  const { kex, serverHostKey, cs } = protocol._offer.lists;
  const both = { cipher, mac: cs.mac.array, compress: cs.compress.array, lang: [] };
  protocol._offer = new KexInit({ kex: kex.array, serverHostKey: serverHostKey.array, cs: both, sc: both });
}

const USERAUTH_BANNER = 53;

/** Text for somebody who has not signed in yet: clients show it as it is. Nothing happens at a moment when it cannot be sent. */
export function showBanner(connection: Connection, text: string): void {
  const { _protocol: protocol } = toInsides(connection);
  if (protocol._kexinit !== undefined) return;
  const bytes = Buffer.from(`${text}\r\n`, "utf8");
  const packet = protocol._packetRW.write.alloc(1 + 4 + bytes.length + 4);
  let at = protocol._packetRW.write.allocStart;
  packet[at] = USERAUTH_BANNER;
  at = packet.writeUInt32BE(bytes.length, at + 1);
  at += bytes.copy(packet, at);
  packet.writeUInt32BE(0, at);
  protocol._cipher.encrypt(protocol._packetRW.write.finalize(packet));
}

/** A channel to the agent of whoever connected, once they have asked for that. */
export function openAgentChannel(connection: Connection, opened: ChannelOpened): void {
  const insides = toInsides(connection);
  const waiting = Object.assign((...answer: Parameters<ChannelOpened>) => opened(...answer), { type: "auth-agent@openssh.com" });
  const id = insides._chanMgr.add(waiting);
  if (id === -1) opened(new Error("no channel is free"));
  else insides._protocol.openssh_authAgent(id, MAX_WINDOW, PACKET_SIZE);
}

type SessionInsides = Session & {
  /** Once it is a shell or a command. */
  readonly _channel: object | undefined;
  readonly _chanInfo: Record<"incoming" | "outgoing", { readonly id: number }>;
};

/** A session channel that is closed before it became anything is answered and forgotten: RFC 4254, section 5.3. */
export function answerEarlyClose(connection: Connection, session: Session): void {
  const { _chanMgr: channels, _protocol: protocol } = toInsides(connection);
  session.once("close", () => {
    const { _channel: channel, _chanInfo: ends } = session as SessionInsides;
    if (channel !== undefined) return;
    channels.remove(ends.incoming.id);
    protocol.channelClose(ends.outgoing.id);
  });
}

/**
 * Calls back as soon as the client has closed a channel, at once if it has already; also while what it has sent is
 * still waiting here: "close" comes only after all of that was read. ssh2 ends stderr first of all.
 */
export function onClosedByClient(channel: ServerChannel, closed: () => void): void {
  if (channel.stderr.writableEnded) closed();
  else channel.stderr.once("finish", closed);
}
