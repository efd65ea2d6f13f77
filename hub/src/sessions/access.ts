/** Who may touch which session. Every method of the services begins here. */
import { AppError } from "@fairway/contract/errors.ts";
import type { Scope } from "@fairway/contract/scopes.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import type { Actor } from "./types.ts";

/** @throws not_allowed */
export function ensureScope(actor: Actor, scope: Scope): void {
  if (!actor.scopes.has(scope))
    throw new AppError("not_allowed", `This needs the scope "${scope}".`, { next: "Use a token that has it, or ask an administrator." });
}

/** Somebody else's session is "not found", unless `elseScope` allows it. @throws not_found */
export async function ensureOwn(store: SessionStore, actor: Actor, id: string, elseScope: Scope | null): Promise<SessionRow> {
  const row = await store.get(id);
  const isAllowed = row !== null && (row.user === actor.user || (elseScope !== null && actor.scopes.has(elseScope)));
  if (!isAllowed) throw new AppError("not_found", "There is no such session.", { next: "See your sessions on the home page." });
  return row;
}
