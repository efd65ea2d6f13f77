/** Identity for tests: the real service on a real store, with a clock that the test moves. */
import { randomBytes } from "node:crypto";
import type { Revocation } from "@fairway/contract/feed.ts";
import { scopesOfRole } from "@fairway/contract/scopes.ts";
import type { Actor } from "../../sessions/types.ts";
import type { Store } from "../../store/index.ts";
import { openTemporaryStore } from "../../store/testing/sample.ts";
import { createIdentity, type IdentityOptions } from "../index.ts";
import { createDemoProvider } from "../providers/demo.ts";
import type { Identity } from "../types.ts";

export const HOUR_MS = 3_600_000;
export const FROM = { address: "192.0.2.1" };
export const USERS: ReadonlyMap<string, string> = new Map([
  ["alice", "alice-pw"],
  ["bob", "bob-pw"],
  ["root-admin", "admin-pw"],
]);
export const OPERATOR: Actor = { user: "root-admin", role: "admin", scopes: scopesOfRole("admin"), via: { kind: "operator" } };

export interface TestIdentity {
  readonly identity: Identity;
  readonly store: Store;
  readonly clock: { now(): number; advance(ms: number): void };
  /** Every revocation that was announced. */
  readonly revoked: readonly Revocation[];
  /** Another service on the same store, as after a restart with another configuration. */
  again: (options: Partial<Pick<IdentityOptions, "masterKey" | "providers" | "admins">>) => Promise<Identity>;
  remove: () => Promise<void>;
}

export async function startIdentity(options: Pick<IdentityOptions, "door"> = {}): Promise<TestIdentity> {
  const { store, remove } = await openTemporaryStore();
  let now = 1_700_000_000_000;
  const clock = {
    now: () => now,
    advance: (ms: number) => {
      now += ms;
    },
  };
  const defaults: IdentityOptions = {
    store,
    clock,
    masterKey: randomBytes(32),
    providers: [createDemoProvider({ users: USERS, isDemo: true })],
    admins: ["root-admin"],
    ...options,
  };
  const identity = await createIdentity(defaults);
  const revoked: Revocation[] = [];
  identity.onRevocation((revocation) => void revoked.push(revocation));
  return { identity, store, clock, revoked, again: (options) => createIdentity({ ...defaults, ...options }), remove };
}
