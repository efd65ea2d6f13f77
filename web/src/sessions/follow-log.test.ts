import type { LogChunk } from "@fairway/contract/sessions.ts";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { followLog } from "./follow-log.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const chunk = (offset: number, text: string, state: LogChunk["state"] = "growing"): LogChunk => {
  const nextOffset = offset + text.length;
  return { text, offset, nextOffset, sizeBytes: nextOffset, state };
};

/** A stream as the browser has it, played by hand. */
class Source {
  readonly url: string;
  isClosed = false;
  onmessage: ((event: { data: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  onopen: (() => void) | null = null;
  constructor(url: string) {
    this.url = url;
  }
  say(piece: LogChunk): void {
    if (!this.isClosed) this.onmessage?.({ data: JSON.stringify(piece) });
  }
  close(): void {
    this.isClosed = true;
  }
}

function follow(read: (offset: number) => Promise<LogChunk> = () => Promise.reject(new Error("away"))) {
  const sources: Source[] = [];
  const told: string[] = [];
  const errors: unknown[] = [];
  const stop = new AbortController();
  const page = Object.assign(new EventTarget(), { hidden: false });
  const open = (url: string) => {
    sources.push(new Source(url));
    return sources.at(-1) as unknown as EventSource;
  };
  const toUrl = (offset: number) => `/log?offset=${offset}`;
  followLog(
    {
      open,
      page: page as unknown as Document,
      random: () => 0,
      toUrl,
      read,
      onChunk: ({ text }) => told.push(text),
      onError: (error) => errors.push(error),
    },
    stop.signal,
  );
  return { sources, told, errors, stop };
}

it("reads on from where it was when the stream comes back", async () => {
  const { sources, told, errors } = follow();
  sources[0]?.say(chunk(0, "one\n"));
  sources[0]?.onerror?.();
  await vi.advanceTimersByTimeAsync(1000);
  expect(sources.map(({ url }) => url)).toEqual(["/log?offset=0", "/log?offset=4"]);
  sources[1]?.say(chunk(4, "two\n"));
  expect(told).toEqual(["one\n", "two\n"]);
  expect(errors).toHaveLength(1);
});

it("goes on by asking while no stream can be had, and repeats nothing when one comes", async () => {
  const { sources, told } = follow((offset) => Promise.resolve(chunk(offset, "asked\n")));
  sources[0]?.onerror?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual(["asked\n"]);
  await vi.advanceTimersByTimeAsync(1000);
  sources.at(-1)?.say(chunk(0, "asked\nagain\n"));
  expect(told).toEqual(["asked\n"]);
  expect(sources.at(-1)?.url).toBe("/log?offset=6");
});

it("ends when the log is complete and all of it is told, or when nobody looks any more", () => {
  const done = follow();
  done.sources[0]?.say(chunk(0, "end\n", "complete"));
  expect(done.sources[0]?.isClosed).toBe(true);
  const left = follow();
  left.stop.abort();
  expect(left.sources[0]?.isClosed).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});
