/**
 * The one stream of changes from the hub (server-sent events), connected again with back-off when it
 * breaks; each connection begins with the present, so nothing is missed in between. It owns its connection and timers until its signal aborts; it does not know what changes mean.
 *
 * A hidden tab lets go of its connection: browsers give one origin six of them over HTTP/1.1, and
 * six forgotten tabs would otherwise leave none for the seventh.
 */
export type StreamStatus = "connecting" | "live" | "broken" | "paused";

export interface StreamParts {
  /** Asked before each connection: where it left off may have moved. */
  readonly url: () => string;
  readonly open: (url: string) => EventSource;
  /** `document`, or what stands for it: says whether the tab is hidden, and when that changes. */
  readonly page: Pick<Document, "hidden" | "addEventListener" | "removeEventListener">;
  readonly random: () => number;
  readonly onMessage: (data: string) => void;
  readonly onStatus: (status: StreamStatus) => void;
}

/** Wait before attempt n (from 0): 1, 2, 4 … 30 s, half of it at random, so that not all come back at once. */
export function toRetryDelayMs(attempt: number, random: () => number): number {
  const ceilingMs = Math.min(30_000, 1000 * 2 ** attempt);
  return ceilingMs / 2 + (ceilingMs / 2) * random();
}

export function followEvents(parts: StreamParts, signal: AbortSignal): void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;

  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };

  const connect = () => {
    close();
    const current = parts.open(parts.url());
    source = current;
    current.onopen = () => {
      attempt = 0;
      parts.onStatus("live");
    };
    current.onerror = () => {
      if (source !== current) return;
      close();
      parts.onStatus("broken");
      timer = setTimeout(connect, toRetryDelayMs(attempt, parts.random));
      attempt += 1;
    };
    current.onmessage = (event) => parts.onMessage(String(event.data));
  };

  const followVisibility = () => {
    if (parts.page.hidden) {
      close();
      parts.onStatus("paused");
    } else if (source === null) {
      parts.onStatus("connecting");
      connect();
    }
  };

  if (signal.aborted) return;
  parts.page.addEventListener("visibilitychange", followVisibility);
  signal.addEventListener(
    "abort",
    () => {
      parts.page.removeEventListener("visibilitychange", followVisibility);
      close();
    },
    { once: true },
  );
  followVisibility();
}
