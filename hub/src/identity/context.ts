/** What the parts of identity share, and the few rules that all of them follow. */
import type { Role } from "@fairway/contract/scopes.ts";
import type { Actor } from "../sessions/types.ts";
import type { Store } from "../store/index.ts";
import type { IdentityKeys } from "./keys.ts";
import type { Revocations } from "./revocations.ts";

export interface Clock {
  /** UTC, epoch milliseconds. */
  now(): number;
}

export interface IdentityContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly keys: IdentityKeys;
  readonly revocations: Revocations;
  readonly admins: ReadonlySet<string>;
}

/** The configuration says who is an administrator, at every use: a demotion needs nobody to sign in again. */
export function roleOf(context: IdentityContext, user: string): Role {
  return context.admins.has(user) ? "admin" : "user";
}

/** Somebody we do not know, or who was disabled, may do nothing, with whatever credential. */
export async function isEnabled(context: IdentityContext, user: string): Promise<boolean> {
  const row = await context.store.users.get(user);
  return row !== null && row.disabledAt === null;
}

const TOUCH_EVERY_MS = 60_000;

/** A use is written at most once a minute: a notebook makes thousands of requests. */
export function isWorthNoting(lastUsedAt: number | null, nowMs: number): boolean {
  return lastUsedAt === null || nowMs - lastUsedAt >= TOUCH_EVERY_MS;
}

export interface AuditEntry {
  readonly action: string;
  readonly outcome: string;
  readonly target?: string;
  readonly detail?: string;
  readonly address?: string;
}

/** Who did something, and by what: a device that somebody signed in is no sign-in of its own. */
export interface Doer {
  readonly user: string;
  readonly via: Actor["via"] | { readonly kind: "device"; readonly id: string };
}

export async function audit(context: Pick<IdentityContext, "store" | "clock">, actor: Doer, entry: AuditEntry): Promise<void> {
  const { target = null, detail = null, address = null, action, outcome } = entry;
  const via = actor.via.kind === "operator" ? "operator" : `${actor.via.kind}:${actor.via.id}`;
  await context.store.audit.record({ at: context.clock.now(), actor: actor.user, via, action, outcome, target, detail, address });
}
