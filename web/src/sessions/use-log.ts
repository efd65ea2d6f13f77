/** A session's log, followed while it grows. Keeps the end of it: the whole may be larger than a page should hold. */
import type { LogChunk, Session } from "@fairway/contract/sessions.ts";
import { useEffect, useState } from "react";
import { useApp } from "../app.ts";

const POLL_MS = 1500;
const KEEP_CHARACTERS = 400_000;

export interface Log {
  readonly text: string;
  readonly state: LogChunk["state"] | "asking";
  /** Characters from the beginning that are no longer held. */
  readonly isCut: boolean;
  readonly error: unknown;
}

const EMPTY: Log = { text: "", state: "asking", isCut: false, error: null };

/** Reads on from where it was, until the log is complete or the page closes. */
export function useLog(session: Session): Log {
  const { api } = useApp();
  const [log, setLog] = useState(EMPTY);
  const { id } = session;
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const follow = async () => {
      let offset = 0;
      while (!signal.aborted) {
        try {
          const chunk = await api.log(id, offset, signal);
          setLog((before) => append(before, chunk));
          if (chunk.state === "complete" && chunk.nextOffset >= chunk.sizeBytes) return;
          const isMore = chunk.nextOffset > offset && chunk.nextOffset < chunk.sizeBytes;
          offset = chunk.nextOffset;
          if (isMore) continue;
        } catch (error) {
          if (signal.aborted) return;
          setLog((before) => ({ ...before, error }));
        }
        await waitVisible(POLL_MS, signal);
      }
    };
    void follow();
    return () => stop.abort();
  }, [api, id]);
  return log;
}

export function append(before: Log, chunk: LogChunk): Log {
  const text = before.text + chunk.text;
  const isTooLong = text.length > KEEP_CHARACTERS;
  const kept = isTooLong ? text.slice(text.indexOf("\n", text.length - KEEP_CHARACTERS) + 1) : text;
  return { text: kept, state: chunk.state, isCut: before.isCut || isTooLong, error: null };
}

/** Waits, and while the tab is hidden goes on waiting: nobody reads. */
async function waitVisible(ms: number, signal: AbortSignal): Promise<void> {
  do {
    await new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal.addEventListener("abort", finish);
    });
  } while (document.hidden && !signal.aborted);
}
