/**
 * A connection at the door lives for days: who stands behind it, and what they may, is looked up anew each time
 * that it asks for something.
 */
import type { DoorCredential } from "@fairway/contract/door.ts";
import { effectiveScopes, type Scope, scopesOfRole } from "@fairway/contract/scopes.ts";
import type { Actor } from "../sessions/types.ts";
import { type IdentityContext, isEnabled, roleOf } from "./context.ts";
import type { SshAccessService } from "./types.ts";

export async function byDoorCredential(
  context: IdentityContext,
  sshAccess: Pick<SshAccessService, "byCertificate">,
  { kind, id, user }: DoorCredential,
): Promise<Actor | null> {
  if (!(await isEnabled(context, user))) return null;
  const role = roleOf(context, user);
  const scopes = await scopesOf(context, sshAccess, { kind, id, user });
  return scopes === null ? null : { user, role, scopes, via: { kind, id } };
}

async function scopesOf(
  context: IdentityContext,
  sshAccess: Pick<SshAccessService, "byCertificate">,
  { kind, id, user }: Omit<DoorCredential, "expiresAt">,
): Promise<ReadonlySet<Scope> | null> {
  const { store, clock } = context;
  const now = clock.now();
  const role = roleOf(context, user);
  switch (kind) {
    case "token": {
      const row = await store.tokens.get(id);
      const isValid = row !== null && row.user === user && row.revokedAt === null && (row.expiresAt === null || now < row.expiresAt);
      return isValid ? effectiveScopes(row.scopes, role) : null;
    }
    case "login": {
      const row = await store.logins.get(id);
      return row !== null && row.user === user && row.endedAt === null && now < row.expiresAt ? scopesOfRole(role) : null;
    }
    case "ssh-key":
      return (await store.sshKeys.ofUser(user)).some((key) => key.id === id) ? scopesOfRole(role) : null;
    case "certificate":
      return (await sshAccess.byCertificate(user, id)) === null ? null : scopesOfRole(role);
  }
}
