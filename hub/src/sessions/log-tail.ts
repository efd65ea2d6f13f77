/** The end of a session's log, however long it is: one reading as a rule, two for a long one. */
import type { Cluster } from "../clusters/cluster.ts";
import type { SessionRow } from "../store/schema.ts";

const TAIL_BYTES = 64 * 1024;

/** "" when there is none. @throws SchedulerUnavailable */
export async function readLogTail(row: SessionRow, cluster: Cluster, signal: AbortSignal): Promise<string> {
  const { scheduler, transport, config } = cluster;
  const read = (offset: number) =>
    scheduler.readLog(transport.actAs, row.user, row.id, offset, { timeoutMs: config.command_timeout, signal });
  let piece = await read(0);
  let text = piece.text;
  const start = piece.sizeBytes - TAIL_BYTES;
  if (piece.nextOffset < piece.sizeBytes && start > 0) {
    piece = await read(start);
    // Read from the middle of a line (or of a character): that half is nobody's line.
    text = piece.text.replace(/^[^\n]*\n/, "");
  }
  // Usually that was all of it. Never for ever: somebody may still be writing.
  for (let at = piece.nextOffset; at < piece.sizeBytes && text.length < 2 * TAIL_BYTES; at = piece.nextOffset) {
    piece = await read(at);
    if (piece.nextOffset <= at) break;
    text += piece.text;
  }
  return text;
}
