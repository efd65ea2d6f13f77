/** What has just become void. Read from the store, so that a hub that restarts still tells edge and door. */
import { COOKIE_LIFE_SECONDS, type Revocation } from "@fairway/contract/feed.ts";
import type { Store } from "../store/index.ts";

/** A cookie signed at this moment may be checked so much later; a little more for clocks that differ. */
const MATTERS_MS = (COOKIE_LIFE_SECONDS + 60) * 1000;

export class Revocations {
  readonly #store: Store;
  readonly #listeners = new Set<(revocation: Revocation) => void>();

  constructor(store: Store) {
    this.#store = store;
  }

  async recent(nowMs: number): Promise<readonly Revocation[]> {
    const since = nowMs - MATTERS_MS;
    const logins = await this.#store.logins.endedSince(since);
    const tokens = await this.#store.tokens.revokedSince(since);
    const keys = await this.#store.sshKeys.removedSince(since);
    const certificates = await this.#store.certificates.revokedSince(since);
    const users = await this.#store.users.disabledSince(since);
    return [
      ...logins.map(({ id, endedAt }): Revocation => ({ kind: "login", id, at: endedAt ?? nowMs })),
      ...tokens.map(({ id, revokedAt }): Revocation => ({ kind: "token", id, at: revokedAt ?? nowMs })),
      ...keys.map(({ id, removedAt }): Revocation => ({ kind: "ssh-key", id, at: removedAt ?? nowMs })),
      ...certificates.map(({ id, revokedAt }): Revocation => ({ kind: "certificate", id, at: revokedAt ?? nowMs })),
      ...users.map(({ name, disabledAt }): Revocation => ({ kind: "user", user: name, at: disabledAt ?? nowMs })),
    ];
  }

  /** Only after the store knows: a listener that asks again must find it void. */
  announce(revocation: Revocation): void {
    for (const listener of this.#listeners) listener(revocation);
  }

  subscribe(listener: (revocation: Revocation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
