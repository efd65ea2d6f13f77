/**
 * Scopes, in JupyterHub's words. A person has the scopes of their role; a token has what it was
 * given, and never more than its owner has at the moment of use. Plain data without a schema: the
 * portal shows these words, and its bundle holds no zod.
 */

export const SCOPES = {
  self: "Everything you may do yourself",
  "read:servers": "See your sessions and their logs",
  "start:servers": "Start sessions",
  "delete:servers": "Stop sessions",
  "access:servers": "Use running sessions (notebooks, terminals)",
  tokens: "Create and revoke your tokens",
  "read:hub": "See clusters, profiles and your limits",
  "admin:servers": "See and stop everybody's sessions (administrators)",
} as const;

export type Scope = keyof typeof SCOPES;

export type Role = "user" | "admin";

const OF_SELF: readonly Scope[] = ["self", "read:servers", "start:servers", "delete:servers", "access:servers", "tokens", "read:hub"];

/** What a role may do, fully expanded. */
export function scopesOfRole(role: Role): ReadonlySet<Scope> {
  return new Set<Scope>(role === "admin" ? [...OF_SELF, "admin:servers"] : OF_SELF);
}

/** A token's scopes, expanded and cut down to what its owner may do now. */
export function effectiveScopes(granted: readonly Scope[], role: Role): ReadonlySet<Scope> {
  const owner = scopesOfRole(role);
  const wanted = granted.includes("self") ? [...OF_SELF, ...granted] : granted;
  return new Set(wanted.filter((scope) => owner.has(scope)));
}
