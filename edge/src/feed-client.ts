/**
 * Follows the hub's feed: a snapshot, then numbered changes. A gap, silence, or the stream's end
 * means connect again. It never gives up and never clears what is known: the hub being away is no
 * reason to forget.
 */
import { setTimeout as delay } from "node:timers/promises";
import { FeedMessage } from "@fairway/contract/feed.ts";
import type { Logger } from "pino";
import { Client } from "undici";
import type { Limits } from "./limits.ts";
import type { EdgeState } from "./state.ts";

interface Feed {
  readonly socketPath: string;
  readonly state: EdgeState;
  readonly limits: Limits;
  readonly logger: Logger;
}

/** Runs until the signal is aborted; then resolves. */
export async function followFeed(feed: Feed, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await readFeed(feed, signal, () => {
        failures = 0;
      });
    } catch (error) {
      if (signal.aborted) return;
      if (failures === 0) feed.logger.warn({ err: error }, "the hub's feed is away; serving from what is known");
    }
    failures += 1;
    // Aborting the delay is how the loop ends.
    await delay(backoffMs(failures, feed.limits.feedRetryMaxMs), undefined, { signal }).catch(() => undefined);
  }
}

async function readFeed(feed: Feed, signal: AbortSignal, onSnapshot: () => void): Promise<void> {
  const { feedSilenceMs } = feed.limits;
  const client = new Client("http://hub", {
    socketPath: feed.socketPath,
    connectTimeout: feedSilenceMs,
    headersTimeout: feedSilenceMs,
    bodyTimeout: feedSilenceMs,
  });
  try {
    const answer = await client.request({ method: "GET", path: "/feed", signal });
    if (answer.statusCode !== 200) throw new Error(`the hub answered ${answer.statusCode} to /feed`);
    let last: number | null = null;
    for await (const line of readLines(answer.body)) {
      const message = toMessage(line);
      ensureNext(message, last);
      last = message.seq;
      if (message.kind === "snapshot") {
        onSnapshot();
        feed.logger.info({ routes: message.state.routes.length }, "the hub's feed is here");
      }
      feed.state.apply(message);
    }
    throw new Error("the hub closed the feed");
  } finally {
    await client.destroy();
  }
}

function toMessage(line: string): FeedMessage {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    // The parser's own message would quote the line, which may hold secrets.
    throw new Error("the feed sent a line that is not JSON");
  }
  return FeedMessage.parse(json);
}

/** node:readline would swallow the stream's errors. */
async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = decoder.decode(chunk, { stream: true }).split("\n");
    lines[0] = rest + lines[0];
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

function ensureNext(message: FeedMessage, last: number | null): void {
  if (last === null && message.kind !== "snapshot") throw new Error("the feed did not begin with a snapshot");
  if (last !== null && message.seq !== last + 1) throw new Error(`the feed went from ${last} to ${message.seq}`);
}

/** Doubles up to the maximum, half of it by chance: many edges must not come back at the same time. */
function backoffMs(failures: number, maxMs: number): number {
  const full = Math.min(100 * 2 ** Math.min(failures, 10), maxMs);
  return full / 2 + (Math.random() * full) / 2;
}
