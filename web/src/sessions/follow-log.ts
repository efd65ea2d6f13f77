/**
 * A session's log from its first line, then as it grows: over a stream, and while the stream is down
 * by asking, which also tells why. It owns its connection until its signal aborts or all is told.
 */
import type { LogChunk } from "@fairway/contract/sessions.ts";
import { followEvents, type StreamParts } from "../api/event-stream.ts";

export interface LogParts extends Pick<StreamParts, "open" | "page" | "random"> {
  readonly toUrl: (offset: number) => string;
  readonly read: (offset: number, signal: AbortSignal) => Promise<LogChunk>;
  readonly onChunk: (chunk: LogChunk) => void;
  readonly onError: (error: unknown) => void;
}

export function followLog(parts: LogParts, signal: AbortSignal): void {
  const { toUrl, read, onChunk, onError, ...stream } = parts;
  let offset = 0;
  let connection = new AbortController();

  const take = (chunk: LogChunk) => {
    if (chunk.offset !== offset) return connect(); // asked for elsewhere meanwhile: neither skip nor repeat anything
    offset = chunk.nextOffset;
    onChunk(chunk);
    if (chunk.state === "complete" && offset >= chunk.sizeBytes) connection.abort();
  };

  const ask = (current: AbortSignal) =>
    read(offset, current).then(
      (chunk) => (current.aborted ? undefined : take(chunk)),
      (error: unknown) => (current.aborted ? undefined : onError(error)),
    );

  function connect(): void {
    connection.abort();
    connection = new AbortController();
    const current = AbortSignal.any([signal, connection.signal]);
    followEvents(
      {
        ...stream,
        url: () => toUrl(offset),
        onMessage: (data) => take(JSON.parse(data) as LogChunk),
        onStatus: (status) => void (status === "broken" ? ask(current) : undefined),
      },
      current,
    );
  }

  connect();
}
