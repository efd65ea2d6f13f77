/** Follows a session's log over its stream, through restarts of the hub: nothing is skipped and nothing is told twice. */
import { setTimeout as sleep } from "node:timers/promises";
import { LogChunk } from "@fairway/contract/sessions.ts";
import type { Client } from "./client.ts";
import { readEventData } from "./event-stream.ts";
import { isPassing } from "./failure.ts";

const SHORTEST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** Ends when the session has, and all is told. @throws CliFailure for an answer that another try would not change. */
export async function* followLog(client: Client, id: string, signal: AbortSignal): AsyncGenerator<LogChunk> {
  let offset = 0;
  let pauseMs = SHORTEST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      const stream = await client.openEvents("logEvents", { params: { id }, query: { offset: String(offset) }, signal });
      for await (const data of readEventData(stream)) {
        const chunk = LogChunk.parse(JSON.parse(data));
        offset = chunk.nextOffset;
        pauseMs = SHORTEST_PAUSE_MS;
        yield chunk;
        if (chunk.state === "complete") return;
      }
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
    }
    await sleep(pauseMs, undefined, { signal });
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
