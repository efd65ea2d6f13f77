/** One edge's feed: a snapshot, then numbered changes, one JSON object a line. */
import type { ServerResponse } from "node:http";
import type { FeedMessage, FeedState } from "@fairway/contract/feed.ts";
import type { IdentityService } from "../identity/types.ts";
import type { RouteSource } from "./routes.ts";

const PING_MS = 5000;
/** An edge that reads nothing is better served by a new snapshot than by a backlog. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;

type Unnumbered = FeedMessage extends infer Message ? (Message extends FeedMessage ? Omit<Message, "seq"> : never) : never;

export interface FeedSources {
  readonly identity: Pick<IdentityService, "feedKeys" | "recentRevocations" | "onRevocation">;
  readonly routes: RouteSource;
}

/** Owns every open feed. */
export class Feeds {
  readonly #open = new Set<Feed>();
  readonly #sources: FeedSources;
  readonly #pingMs: number;

  constructor(sources: FeedSources, pingMs = PING_MS) {
    this.#sources = sources;
    this.#pingMs = pingMs;
  }

  /** Takes the answer over. @throws when the snapshot could not be made: nothing was sent then. */
  async serve(response: ServerResponse, begin: () => void): Promise<void> {
    const { identity, routes } = this.#sources;
    const feed = new Feed(response, this.#pingMs);
    this.#open.add(feed);
    // Listen before looking: what happens in between waits, and is told after the snapshot.
    const unsubscribe = [
      routes.subscribe((change) => feed.send(change)),
      identity.onRevocation((revocation) => feed.send({ kind: "revoked", revocation })),
    ];
    feed.onEnd(() => {
      for (const end of unsubscribe) end();
      this.#open.delete(feed);
    });
    try {
      const state: FeedState = {
        keys: identity.feedKeys(),
        routes: [...(await routes.snapshot())],
        revocations: [...(await identity.recentRevocations())],
      };
      begin();
      feed.start(state);
    } catch (error) {
      feed.end();
      throw error;
    }
  }

  endAll(): void {
    for (const feed of this.#open) feed.end();
  }
}

class Feed {
  readonly #response: ServerResponse;
  readonly #pingMs: number;
  readonly #early: Unnumbered[] = [];
  #state: "waiting" | "open" | "ended" = "waiting";
  #seq = 0;
  #ping: NodeJS.Timeout | undefined;
  #release: () => void = () => {};

  constructor(response: ServerResponse, pingMs: number) {
    this.#response = response;
    this.#pingMs = pingMs;
    response.once("close", () => this.end());
  }

  onEnd(release: () => void): void {
    this.#release = release;
  }

  start(state: FeedState): void {
    if (this.#state === "ended") return;
    this.#state = "open";
    this.#response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
    this.send({ kind: "snapshot", state });
    for (const message of this.#early.splice(0)) this.send(message);
    this.#ping = setInterval(() => this.send({ kind: "ping" }), this.#pingMs);
  }

  send(message: Unnumbered): void {
    if (this.#state === "waiting") this.#early.push(message);
    if (this.#state !== "open") return;
    this.#seq += 1;
    this.#response.write(`${JSON.stringify({ seq: this.#seq, ...message })}\n`);
    if (this.#response.writableLength <= MAX_BUFFERED_BYTES) return;
    this.end();
    this.#response.destroy();
  }

  end(): void {
    if (this.#state === "ended") return;
    const wasOpen = this.#state === "open";
    this.#state = "ended";
    clearInterval(this.#ping);
    this.#release();
    if (wasOpen) this.#response.end();
  }
}
