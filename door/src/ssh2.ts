/**
 * The one way to the `ssh2` package, with one fault of 1.17 repaired: its server half reads a terminal's modes from
 * the wrong byte on and so never has any, and would take IUTF8 (42), which every Linux client sends, for a malformed
 * packet. Here the modes stay the client's own bytes, and go on to the session as they came.
 * `terminals.component.test.ts` fails when a new version needs this no longer, or differently.
 */
import { createRequire } from "node:module";
import type { PseudoTtyInfo, TerminalModes } from "ssh2";

const require = createRequire(import.meta.url);
const handlers: PacketHandler[] = require("ssh2/lib/protocol/handlers.js");
const ssh2: typeof import("ssh2") = require("ssh2");
export const { Client, Server, utils } = ssh2;

type PacketHandler = (protocol: Protocol, payload: Buffer) => void;
interface Protocol {
  readonly _handlers: {
    CHANNEL_REQUEST?(protocol: Protocol, recipient: number, type: string, wantReply: boolean, data: unknown): void;
  };
}

/** What a terminal was asked for. `modes` is the encoding of RFC 4254, section 8. */
export interface TerminalRequest {
  readonly term: string;
  readonly cols: number;
  readonly rows: number;
  readonly width: number;
  readonly height: number;
  readonly modes: Buffer;
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

const CHANNEL_REQUEST = 98;
const theirs = handlers[CHANNEL_REQUEST];
if (theirs === undefined) throw new Error("ssh2 has changed: it has no handler for channel requests");
handlers[CHANNEL_REQUEST] = (protocol, payload) => {
  const request = parseTerminalRequest(payload);
  if (request === null) theirs(protocol, payload);
  else protocol._handlers.CHANNEL_REQUEST?.(protocol, request.recipient, "pty-req", request.wantReply, request.terminal);
};

/** RFC 4254, section 6.2. Null for every other request, and for one that is malformed: ssh2 refuses those itself. */
function parseTerminalRequest(payload: Buffer): { recipient: number; wantReply: boolean; terminal: TerminalRequest } | null {
  const typeEnd = 9 + "pty-req".length;
  if (payload.length < typeEnd + 1 + 4 || payload.readUInt32BE(5) !== "pty-req".length) return null;
  if (payload.toString("latin1", 9, typeEnd) !== "pty-req") return null;
  const termLength = payload.readUInt32BE(typeEnd + 1);
  const sizes = typeEnd + 5 + termLength;
  const modes = sizes + 20;
  if (payload.length < modes || payload.length !== modes + payload.readUInt32BE(sizes + 16)) return null;
  const [cols = 0, rows = 0, width = 0, height = 0] = [0, 4, 8, 12].map((at) => payload.readUInt32BE(sizes + at));
  const term = payload.toString("latin1", typeEnd + 5, sizes);
  return {
    recipient: payload.readUInt32BE(1),
    wantReply: payload[typeEnd] !== 0,
    // A copy: the packet's own memory is used again.
    terminal: { term, cols, rows, width, height, modes: Buffer.from(payload.subarray(modes)) },
  };
}
