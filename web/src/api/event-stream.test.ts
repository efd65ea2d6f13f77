import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { followEvents, type StreamStatus, toRetryDelayMs } from "./event-stream.ts";

/** A browser's stream and tab, as far as `followEvents` knows them. */
class Source {
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  isClosed = false;
  close() {
    this.isClosed = true;
  }
}

function follow() {
  const sources: Source[] = [];
  const statuses: StreamStatus[] = [];
  const messages: string[] = [];
  const page = Object.assign(new EventTarget(), { hidden: false });
  const stop = new AbortController();
  const open = () => {
    const source = new Source();
    sources.push(source);
    return source as unknown as EventSource;
  };
  const parts = { url: () => "/events", open, page: page as unknown as Document, random: () => 0 };
  followEvents({ ...parts, onMessage: (data) => messages.push(data), onStatus: (status) => statuses.push(status) }, stop.signal);
  const setHidden = (hidden: boolean) => {
    page.hidden = hidden;
    page.dispatchEvent(new Event("visibilitychange"));
  };
  return { sources, statuses, messages, stop, setHidden, last: () => sources.at(-1) as Source };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("followEvents", () => {
  it("brings each message", () => {
    const stream = follow();
    stream.last().onopen?.();
    stream.last().onmessage?.({ data: "{}" });
    expect(stream).toMatchObject({ statuses: ["connecting", "live"], messages: ["{}"] });
    stream.stop.abort();
  });

  it("comes back after a break, waiting longer each time until it is through", () => {
    const stream = follow();
    stream.last().onerror?.();
    vi.advanceTimersByTime(499);
    expect(stream.sources).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(stream.sources).toHaveLength(2);
    stream.last().onerror?.();
    vi.advanceTimersByTime(999);
    expect(stream.sources).toHaveLength(2);
    vi.advanceTimersByTime(1);
    stream.last().onopen?.();
    expect(stream.statuses).toEqual(["connecting", "broken", "broken", "live"]);
    stream.stop.abort();
  });

  it("lets go of its connection while the tab is hidden", () => {
    const stream = follow();
    stream.setHidden(true);
    expect(stream.last().isClosed).toBe(true);
    stream.setHidden(false);
    expect(stream.sources).toHaveLength(2);
    expect(stream.statuses).toEqual(["connecting", "paused", "connecting"]);
    stream.stop.abort();
  });

  it("leaves nothing behind when it is ended, also between two attempts", () => {
    const stream = follow();
    stream.last().onerror?.();
    stream.stop.abort();
    expect(vi.getTimerCount()).toBe(0);
    stream.setHidden(false);
    expect(stream.sources).toHaveLength(1);
  });
});

describe("toRetryDelayMs", () => {
  it("grows to half a minute and is spread", () => {
    expect([0, 1, 2, 10].map((attempt) => toRetryDelayMs(attempt, () => 1))).toEqual([1000, 2000, 4000, 30_000]);
    expect(toRetryDelayMs(10, () => 0)).toBe(15_000);
  });
});
