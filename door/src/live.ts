/**
 * Everything that is open at the door, by who opened it and which session it leads to, so that a revocation, an
 * expiry or a session's end cuts it off. Terminals of browsers belong here, too.
 */
import type { DoorCredential } from "@fairway/contract/door.ts";
import type { Revocation } from "@fairway/contract/feed.ts";
import type { FeedListener } from "./feed.ts";

export interface LiveThing {
  /** Null: a job's tunnel. */
  readonly credential: DoorCredential | null;
  /** When its credential was begun to be checked (epoch ms): a revocation older than this is not meant for it. */
  readonly since: number;
  /** Null while it is in no session yet. */
  readonly sessionId: string | null;
  /** Ends it; the line is for the person, where somebody can still read it. */
  end(line: string): void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** So long a revocation is remembered that may have come before what it concerns was entered here. */
const REMEMBER_MS = 600_000;

export class Live implements FeedListener {
  readonly #open = new Set<LiveThing>();
  readonly #revocations = new Map<string, Revocation>();
  readonly #clock: () => number;

  constructor(clock: () => number = Date.now) {
    this.#clock = clock;
  }

  /** Ends it at once when its credential was revoked or has expired meanwhile. @returns what to call when it is over. */
  add(thing: LiveThing): () => void {
    this.#open.add(thing);
    const stopWaiting = this.#endWhenExpired(thing);
    for (const revocation of this.#revocations.values()) if (isMeant(revocation, thing)) thing.end(REVOKED);
    return () => {
      stopWaiting();
      this.#open.delete(thing);
    };
  }

  revoked(revocation: Revocation): void {
    const now = this.#clock();
    const subject = revocation.kind === "user" ? revocation.user : revocation.id;
    this.#revocations.set(`${revocation.kind} ${subject}`, revocation);
    for (const [key, { at }] of this.#revocations) if (at < now - REMEMBER_MS) this.#revocations.delete(key);
    this.#endWhere((thing) => isMeant(revocation, thing), REVOKED);
  }

  sessionOver(sessionId: string): void {
    this.#endWhere((thing) => thing.sessionId === sessionId, SESSION_OVER);
  }

  sessionsOpen(sessionIds: ReadonlySet<string>): void {
    this.#endWhere(({ sessionId }) => sessionId !== null && !sessionIds.has(sessionId), SESSION_OVER);
  }

  endAll(line: string): void {
    this.#endWhere(() => true, line);
  }

  #endWhenExpired(thing: LiveThing): () => void {
    const expiresAt = thing.credential?.expiresAt ?? null;
    if (expiresAt === null) return () => {};
    let timer: NodeJS.Timeout;
    const look = () => {
      const leftMs = expiresAt - this.#clock();
      if (leftMs <= 0) thing.end(EXPIRED);
      else timer = setTimeout(look, Math.min(leftMs, LONGEST_TIMER_MS));
    };
    timer = setTimeout(look, 0);
    return () => clearTimeout(timer);
  }

  #endWhere(isOver: (thing: LiveThing) => boolean, line: string): void {
    for (const thing of [...this.#open]) if (isOver(thing)) thing.end(line);
  }
}

const REVOKED = "Your sign-in was revoked.";
const EXPIRED = "Your sign-in has expired.";
const SESSION_OVER = "The session has ended.";

/** A person who was shut out and let in again has signed in anew since. */
function isMeant(revocation: Revocation, { credential, since }: LiveThing): boolean {
  if (credential === null) return false;
  if (revocation.kind === "user") return credential.user === revocation.user && since <= revocation.at;
  return credential.kind === revocation.kind && credential.id === revocation.id;
}
