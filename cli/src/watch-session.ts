/** Follows one session over the event stream, through restarts of the hub. */
import { setTimeout as sleep } from "node:timers/promises";
import { SessionEvent } from "@fairway/contract/api.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import type { Client } from "./client.ts";
import { readEventData } from "./event-stream.ts";
import { isPassing } from "./failure.ts";

const SHORTEST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Yields the session as it is now and then with each change; ends after it has ended. A stream that
 * breaks is opened again: what is waited for goes on without us, and so does the hub's memory of it.
 * @throws CliFailure for an answer that another try would not change (401, 403, 404).
 */
export async function* watchSession(client: Client, id: string, signal: AbortSignal): AsyncGenerator<Session> {
  let pauseMs = SHORTEST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      // The stream tells changes from now on, so it is opened before the state is read.
      const stream = await client.openEvents("sessionEvents", { params: { id }, signal });
      try {
        const first = await client.call("session", { params: { id }, signal });
        yield first;
        if (first.state === "ended") return;
        pauseMs = SHORTEST_PAUSE_MS;
        for await (const data of readEventData(stream)) {
          const session = await toSession(client, data, id, signal);
          if (session === null) continue;
          yield session;
          if (session.state === "ended") return;
        }
      } finally {
        if (!stream.locked) await stream.cancel();
      }
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
    }
    await sleep(pauseMs, undefined, { signal });
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

/** A cluster that goes away or comes back changes what is said of its sessions: they are read again. */
async function toSession(client: Client, data: string, id: string, signal: AbortSignal): Promise<Session | null> {
  const parsed = SessionEvent.safeParse(JSON.parse(data));
  if (!parsed.success) return null; // A kind of event that a newer hub has added is none of ours.
  if (parsed.data.kind === "clusters") return client.call("session", { params: { id }, signal });
  return parsed.data.session.id === id ? parsed.data.session : null;
}
