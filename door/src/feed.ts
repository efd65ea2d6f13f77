/**
 * Follows the hub's feed for what must end at once: revoked credentials, sessions that are over. While the hub is
 * away what is open goes on; what was missed comes with the next snapshot.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { FeedMessage, FeedState, Revocation } from "@fairway/contract/feed.ts";
import { feedBackoffMs, readFeedMessages } from "@fairway/contract/feed-messages.ts";
import type { Logger } from "pino";
import { Client } from "undici";
import type { Limits } from "./limits.ts";

export interface FeedListener {
  revoked(revocation: Revocation): void;
  /** It has ended, or another is in its place. */
  sessionOver(sessionId: string): void;
  /** After a silence: all that are open. Whatever is not among them is over. */
  sessionsOpen(sessionIds: ReadonlySet<string>): void;
}

export interface FeedOptions {
  readonly socketPath: string;
  readonly limits: Pick<Limits, "feedSilenceMs" | "feedRetryMaxMs">;
  readonly logger: Logger;
  /** The hub is there, at first or again. */
  readonly onReady: () => void;
}

/** Runs until the signal is aborted; then resolves. */
export async function followFeed(options: FeedOptions, listener: FeedListener, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await readFeed(options, listener, signal, () => {
        failures = 0;
      });
    } catch (error) {
      if (signal.aborted) return;
      if (failures === 0) options.logger.warn({ err: error }, "the hub's feed is away; what is open goes on");
    }
    failures += 1;
    const pauseMs = feedBackoffMs(failures, options.limits.feedRetryMaxMs, Math.random());
    // Aborting the delay is how the loop ends.
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

async function readFeed(
  { socketPath, limits, logger, onReady }: FeedOptions,
  listener: FeedListener,
  signal: AbortSignal,
  onSnapshot: () => void,
) {
  const timeout = limits.feedSilenceMs;
  const client = new Client("http://hub", { socketPath, connectTimeout: timeout, headersTimeout: timeout, bodyTimeout: timeout });
  try {
    const answer = await client.request({ method: "GET", path: "/feed", signal });
    if (answer.statusCode !== 200) throw new Error(`the hub answered ${answer.statusCode} to /feed`);
    // A gap hides what we should have ended: it throws, and we are told all of it anew.
    for await (const message of readFeedMessages(answer.body.setEncoding("utf8"))) {
      if (message.kind === "snapshot") {
        onSnapshot();
        onReady();
        logger.info("the hub's feed is here");
      }
      tell(listener, message);
    }
    throw new Error("the hub closed the feed");
  } finally {
    await client.destroy();
  }
}

function tell(listener: FeedListener, message: FeedMessage): void {
  switch (message.kind) {
    case "snapshot":
      tellSnapshot(listener, message.state);
      return;
    case "revoked":
      listener.revoked(message.revocation);
      return;
    case "route":
      if (message.route.state === "ended") listener.sessionOver(message.route.sessionId);
      return;
    case "route-gone":
      listener.sessionOver(message.sessionId);
      return;
    case "keys":
    case "ping":
      return;
  }
}

function tellSnapshot(listener: FeedListener, { routes, revocations }: FeedState): void {
  for (const revocation of revocations) listener.revoked(revocation);
  listener.sessionsOpen(new Set(routes.filter(({ state }) => state !== "ended").map(({ sessionId }) => sessionId)));
}
