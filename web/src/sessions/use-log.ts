/** A session's log as the page shows it, followed while the page is open. */
import type { LogChunk } from "@fairway/contract/sessions.ts";
import { useEffect, useState } from "react";
import { useApp } from "../app.ts";
import { toHref } from "../base.ts";
import { followLog } from "./follow-log.ts";
import { appendText, EMPTY_LOG, type LogText } from "./log-text.ts";

export interface Log extends LogText {
  readonly state: LogChunk["state"] | "asking";
  readonly error: unknown;
}

export function useLog(id: string): Log {
  const { api, base, streams } = useApp();
  const [log, setLog] = useState<Log>({ ...EMPTY_LOG, state: "asking", error: null });
  useEffect(() => {
    const stop = new AbortController();
    followLog(
      {
        ...streams,
        toUrl: (offset) => toHref(base, `/api/v1/sessions/${encodeURIComponent(id)}/log/events?offset=${offset}`),
        read: (offset, signal) => api.log(id, offset, signal),
        onChunk: (chunk) => setLog((before) => ({ ...appendText(before, chunk.text), state: chunk.state, error: null })),
        onError: (error) => setLog((before) => ({ ...before, error })),
      },
      stop.signal,
    );
    return () => stop.abort();
  }, [api, base, streams, id]);
  return log;
}
