/** What ssh2.ts reads itself of the packets about channels. */
import { Malformed, Reader } from "./wire.ts";

/** RFC 4254, section 5.1. `packetBytes`: the largest packet that its sender takes. Null when it is malformed. */
export function readChannelOpen(payload: Buffer): { readonly sender: number; readonly packetBytes: number } | null {
  return read(payload, (reader) => {
    reader.string(); // the channel's type
    const sender = reader.uint32();
    reader.uint32(); // the window
    return { sender, packetBytes: reader.uint32() };
  });
}

/** Its answer. `recipient` is the channel's number here, `sender` there. */
export function readChannelConfirmation(
  payload: Buffer,
): { readonly recipient: number; readonly sender: number; readonly packetBytes: number } | null {
  return read(payload, (reader) => {
    const [recipient, sender] = [reader.uint32(), reader.uint32()];
    reader.uint32(); // the window
    return { recipient, sender, packetBytes: reader.uint32() };
  });
}

function read<Fields>(payload: Buffer, fields: (reader: Reader) => Fields): Fields | null {
  const reader = new Reader(payload);
  try {
    reader.byte(); // the message's number
    return fields(reader);
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
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

/** RFC 4254, section 6.2. Null for every other request, and for one that is malformed: ssh2 refuses those itself. */
export function parseTerminalRequest(payload: Buffer): { recipient: number; wantReply: boolean; terminal: TerminalRequest } | null {
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
