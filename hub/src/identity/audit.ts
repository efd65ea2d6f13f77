/** Who did what, for the site's audit log. */
import { userInfo } from "node:os";
import type { Actor } from "../sessions/types.ts";
import type { Store } from "../store/index.ts";

/** Whoever has this account's shell. */
export const OPERATOR: Actor = { user: userInfo().username, role: "admin", scopes: new Set(), via: { kind: "operator" } };

interface AuditEntry {
  readonly actor: Actor;
  readonly action: string;
  readonly target: string;
  readonly outcome?: string;
  readonly detail?: string;
}

export function recordAudit(store: Store, now: () => number) {
  return ({ actor, action, target, outcome = "done", detail }: AuditEntry) => {
    const via = actor.via.kind === "operator" ? "operator" : `${actor.via.kind}:${actor.via.id}`;
    return store.audit.record({ at: now(), actor: actor.user, via, action, target, outcome, detail: detail ?? null, address: null });
  };
}
