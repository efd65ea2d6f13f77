/** Who may touch which session. Every method of the services begins here, and every call of the API. */
import { AppError } from "@fairway/contract/errors.ts";
import { type Scope, scopesOfRole } from "@fairway/contract/scopes.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import type { Actor } from "./types.ts";

/** @throws not_allowed */
export function ensureScope(actor: Actor, ...needed: readonly Scope[]): void {
  const missing = needed.filter((scope) => !actor.scopes.has(scope));
  if (missing.length > 0)
    throw new AppError("not_allowed", `This needs the scope "${missing.join('", "')}".`, { next: sayWhatNext(actor, missing) });
}

/** A token's scopes cannot be changed: another, with those that this one has, too. */
function sayWhatNext({ role, scopes }: Actor, missing: readonly Scope[]): string {
  const mayHave = scopesOfRole(role);
  if (!missing.every((scope) => mayHave.has(scope))) return "Ask an administrator.";
  const flags = [...(scopes.has("self") ? ["self"] : scopes), ...missing].map((scope) => `--scope ${scope}`).join(" ");
  return `Signed in as yourself, make a token that has it: fairway token create --note NOTE ${flags}`;
}

/** Somebody else's session is "not found", unless `elseScope` allows it. @throws not_found */
export async function ensureOwn(store: SessionStore, actor: Actor, id: string, elseScope: Scope | null): Promise<SessionRow> {
  const row = await store.get(id);
  const isAllowed = row !== null && (row.user === actor.user || (elseScope !== null && actor.scopes.has(elseScope)));
  if (!isAllowed) throw new AppError("not_found", "There is no such session.", { next: "See your sessions on the home page." });
  return row;
}
