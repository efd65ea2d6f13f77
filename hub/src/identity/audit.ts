/** Who did what outside identity, for the site's audit log. */
import { userInfo } from "node:os";
import type { Actor } from "../sessions/types.ts";
import type { Store } from "../store/index.ts";
import { type AuditEntry, audit } from "./context.ts";

/** Whoever has this account's shell. */
export const OPERATOR: Actor = { user: userInfo().username, role: "admin", scopes: new Set(), via: { kind: "operator" } };

type Deed = Omit<AuditEntry, "outcome"> & { readonly actor: Actor; readonly outcome?: string };

export function recordAudit(store: Store, now: () => number) {
  const context = { store, clock: { now } };
  return ({ actor, outcome = "done", ...entry }: Deed) => audit(context, actor, { ...entry, outcome });
}
