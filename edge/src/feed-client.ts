/**
 * Follows the hub's feed: a snapshot, then numbered changes. A gap, silence, or the stream's end
 * means connect again. It never gives up and never clears what is known: the hub being away is no
 * reason to forget.
 */
import { setTimeout as delay } from "node:timers/promises";
import { feedBackoffMs, readFeedMessages } from "@fairway/contract/feed-messages.ts";
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
    const pauseMs = feedBackoffMs(failures, feed.limits.feedRetryMaxMs, Math.random());
    // Aborting the delay is how the loop ends.
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
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
    for await (const message of readFeedMessages(answer.body.setEncoding("utf8"))) {
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
