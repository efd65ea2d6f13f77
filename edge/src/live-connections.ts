/** Everything that is open towards a session, so that a revocation or a session's end can cut it off. */
import type { Revocation } from "@fairway/contract/feed.ts";
import type { Credential } from "./credentials.ts";
import { type EdgeState, isSameUpstream } from "./state.ts";

export interface LiveConnection {
  readonly credential: Credential;
  readonly sessionId: string;
  /** Ends both sides at once. */
  close(): void;
}

export class LiveConnections {
  readonly #open = new Set<LiveConnection>();

  constructor(state: EdgeState) {
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
    return () => this.#open.delete(connection);
  }

  closeAll(): void {
    this.#closeWhere(() => true);
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
