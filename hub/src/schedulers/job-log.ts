/** Reads a job's log through the launcher's `log` verb, which is the same for all adapters. */
import type { ActAs } from "../transports/types.ts";
import { mustAskScheduler } from "./ask.ts";
import { type CallOptions, type LogSlice, SchedulerUnavailable } from "./types.ts";

const SLICE_BYTES = 256 * 1024;

/** @throws SchedulerUnavailable */
export async function readJobLog(actAs: ActAs, user: string, session: string, offset: number, options: CallOptions): Promise<LogSlice> {
  const stdout = await mustAskScheduler(() => actAs(user, { verb: "log", session, offset, maxBytes: SLICE_BYTES }, options));
  return parseJobLog(stdout, offset);
}

/**
 * "SIZE n", then the piece in base64. A character that is cut in the middle waits for the next slice,
 * unless nothing more can complete it.
 */
export function parseJobLog(stdout: string, offset: number): LogSlice {
  const match = /^SIZE (-|\d+)\n([A-Za-z0-9+/=\n]*)$/.exec(stdout);
  if (!match) throw new SchedulerUnavailable("the launcher's answer to `log` could not be understood");
  const [, size = "-", base64 = ""] = match;
  if (size === "-") return { text: "", nextOffset: 0, sizeBytes: 0, exists: false };
  const bytes = Buffer.from(base64, "base64");
  const whole = bytes.length > 4 ? bytes.subarray(0, bytes.length - countCutBytes(bytes)) : bytes;
  return { text: whole.toString("utf8"), nextOffset: offset + whole.length, sizeBytes: Number(size), exists: true };
}

/** How many bytes at the end begin a UTF-8 character that goes on behind them. */
function countCutBytes(bytes: Buffer): number {
  for (let back = 1; back <= 3; back++) {
    const byte = bytes[bytes.length - back];
    if (byte === undefined || byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}
