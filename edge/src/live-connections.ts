/** Everything that is open towards a session, so that a revocation, a token's expiry or a session's end can cut it off. */
import type { Revocation } from "@fairway/contract/feed.ts";
import type { Credential } from "./credentials.ts";
import { type EdgeState, isSameUpstream } from "./state.ts";

export interface LiveConnection {
  readonly credential: Credential;
  readonly sessionId: string;
  /** Ends both sides at once. */
  close(): void;
}

/** Node's own limit: a timer that is set for later fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class LiveConnections {
  readonly #open = new Set<LiveConnection>();
  readonly #clock: () => number;

  constructor(state: EdgeState, clock: () => number) {
    this.#clock = clock;
    state.listen({
      revoked: (revocation) => this.#closeWhere((connection) => isMeant(revocation, connection.credential)),
      routeChanged: (before, after) => {
        if (before === null || (after !== null && isSameUpstream(before, after))) return;
        this.#closeWhere((connection) => connection.sessionId === before.sessionId);
      },
    });
  }

  get size(): number {
    return this.#open.size;
  }

  /** @returns what to call when the connection is over. */
  add(connection: LiveConnection): () => void {
    this.#open.add(connection);
    const stopWaiting = this.#closeWhenExpired(connection);
    return () => {
      stopWaiting();
      this.#open.delete(connection);
    };
  }

  closeAll(): void {
    this.#closeWhere(() => true);
  }

  /** Tokens alone: of a sign-in the edge knows only a short cookie, which is renewed. */
  #closeWhenExpired(connection: LiveConnection): () => void {
    const { credential } = connection;
    const expiresAt = credential.kind === "token" ? credential.expiresAt : null;
    if (expiresAt === null) return () => {};
    let timer: NodeJS.Timeout;
    const look = () => {
      const leftMs = expiresAt - this.#clock();
      if (leftMs <= 0) connection.close();
      else timer = setTimeout(look, Math.min(leftMs, LONGEST_TIMER_MS));
    };
    timer = setTimeout(look, 0);
    return () => clearTimeout(timer);
  }

  #closeWhere(isMeantHere: (connection: LiveConnection) => boolean): void {
    for (const connection of [...this.#open]) if (isMeantHere(connection)) connection.close();
  }
}

function isMeant(revocation: Revocation, credential: Credential): boolean {
  switch (revocation.kind) {
    case "login":
      return credential.kind === "cookie" && credential.loginId === revocation.id;
    case "token":
      return credential.kind === "token" && credential.tokenId === revocation.id;
    case "ssh-key":
    case "certificate":
      return false; // the door's matter
    case "user":
      return credential.user === revocation.user;
  }
}
