/**
 * Server-sent events: the present first, then each change. A stream ends when its client goes, its
 * credential is revoked, it cannot keep up, or its time is over; clients connect again by themselves.
 */
import type { SessionEvent } from "@fairway/contract/api.ts";
import { AppError } from "@fairway/contract/errors.ts";
import type { Revocation } from "@fairway/contract/feed.ts";
import type { FastifyReply } from "fastify";
import type { IdentityService } from "../identity/types.ts";
import type { Actor } from "../sessions/types.ts";

const KEEP_ALIVE_MS = 15_000;
const RETRY_MS = 2000;
/** Who connects again is authenticated again: so an expired token or sign-in ends a stream, too. */
const MAX_LIFE_MS = 10 * 60_000;
const MAX_BUFFERED_BYTES = 1024 * 1024;
const MAX_PER_USER = 50;

export interface EventSourceParts<Event> {
  /**
   * Calls back with each change from now on; returns the way to end it. `tell` resolves when the client
   * has taken it; who does not wait for that may find the stream ended. `end`: there is no more to come.
   */
  subscribe(tell: (event: Event) => Promise<void>, end: () => void): () => void;
  /** The present, told before any change. */
  snapshot(): Promise<readonly Event[]>;
}

export interface StreamLimits {
  readonly maxBufferedBytes?: number;
  readonly maxLifeMs?: number;
  readonly keepAliveMs?: number;
}

/** Owns every open stream. */
export class EventStreams {
  readonly #open = new Set<EventStream>();
  readonly #limits: StreamLimits;
  readonly #unsubscribe: () => void;

  constructor(identity: Pick<IdentityService, "onRevocation">, limits: StreamLimits = {}) {
    this.#limits = limits;
    this.#unsubscribe = identity.onRevocation((revocation) => {
      for (const stream of this.#open) if (isHit(stream.actor, revocation)) stream.end();
    });
  }

  /** Takes the answer over. @throws whatever the snapshot throws, as an ordinary answer; too_many. */
  async serve<Event = SessionEvent>(actor: Actor, reply: FastifyReply, source: EventSourceParts<Event>): Promise<void> {
    if ([...this.#open].filter((stream) => stream.actor.user === actor.user).length >= MAX_PER_USER)
      throw new AppError("too_many", "You have too many streams of events open.", { retryAfterSeconds: 30 });
    // Listen before looking: a change between the two must not be lost. It waits until the present is told.
    const early: Event[] = [];
    let deliver = (event: Event): Promise<void> => {
      early.push(event);
      return Promise.resolve();
    };
    let isOver = false;
    let finish = (): void => {
      isOver = true;
    };
    const unsubscribe = source.subscribe(
      (event) => deliver(event),
      () => finish(),
    );
    const stream = new EventStream(actor, reply, this.#limits);
    this.#open.add(stream);
    stream.onEnd(() => {
      unsubscribe();
      this.#open.delete(stream);
    });
    try {
      const present = await source.snapshot();
      stream.begin();
      for (const event of [...present, ...early]) void stream.send(event);
      deliver = (event) => stream.send(event);
      finish = () => stream.end();
      if (isOver) stream.end();
    } catch (error) {
      stream.end();
      throw error;
    }
  }

  endAll(): void {
    this.#unsubscribe();
    for (const stream of this.#open) stream.end();
  }
}

class EventStream {
  readonly actor: Actor;
  readonly #reply: FastifyReply;
  readonly #limits: Required<StreamLimits>;
  #timers: NodeJS.Timeout[] = [];
  #state: "waiting" | "open" | "ended" = "waiting";
  #release: () => void = () => {};
  #drain: Promise<void> | null = null;

  constructor(actor: Actor, reply: FastifyReply, limits: StreamLimits) {
    this.actor = actor;
    this.#reply = reply;
    this.#limits = { maxBufferedBytes: MAX_BUFFERED_BYTES, maxLifeMs: MAX_LIFE_MS, keepAliveMs: KEEP_ALIVE_MS, ...limits };
    reply.raw.once("close", () => this.end());
  }

  onEnd(release: () => void): void {
    this.#release = release;
  }

  begin(): void {
    if (this.#state === "ended") throw new AppError("not_signed_in", "Your sign-in has ended.");
    this.#state = "open";
    this.#reply.hijack();
    // nginx in front of us would keep events back.
    this.#reply.headers({ "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" });
    for (const [name, value] of Object.entries(this.#reply.getHeaders())) if (value !== undefined) this.#reply.raw.setHeader(name, value);
    this.#reply.raw.writeHead(200);
    this.#write(`retry: ${RETRY_MS}\n\n`);
    this.#timers = [
      setInterval(() => this.#write(": still here\n\n"), this.#limits.keepAliveMs),
      setTimeout(() => this.end(), this.#limits.maxLifeMs),
    ];
  }

  /** Resolves when the client has room for more; at once, where it has. */
  send(event: unknown): Promise<void> {
    this.#write(`data: ${JSON.stringify(event)}\n\n`);
    const { raw } = this.#reply;
    if (this.#state !== "open" || !raw.writableNeedDrain) return Promise.resolve();
    this.#drain ??= new Promise<void>((resolve) => {
      const settle = () => {
        for (const event of ["drain", "close"] as const) raw.off(event, settle);
        this.#drain = null;
        resolve();
      };
      for (const event of ["drain", "close"] as const) raw.once(event, settle);
    });
    return this.#drain;
  }

  end(): void {
    if (this.#state === "ended") return;
    const wasOpen = this.#state === "open";
    this.#state = "ended";
    for (const timer of this.#timers) clearTimeout(timer);
    this.#release();
    if (wasOpen) this.#reply.raw.end();
  }

  #write(text: string): void {
    if (this.#state !== "open") return;
    const { raw } = this.#reply;
    raw.write(text);
    if (raw.writableLength <= this.#limits.maxBufferedBytes) return;
    // It does not read. Ending politely would wait for it as well.
    this.end();
    raw.destroy();
  }
}

function isHit({ user, via }: Actor, revocation: Revocation): boolean {
  if (revocation.kind === "user") return revocation.user === user;
  return via.kind === revocation.kind && via.id === revocation.id;
}
