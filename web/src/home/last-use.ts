/** Profiles in the order of their last use; those never used keep the administrator's order, after them. Pure. */
import type { Profile } from "@fairway/contract/profiles.ts";
import type { Session } from "@fairway/contract/sessions.ts";

export function byLastUse(profiles: readonly Profile[], sessions: readonly Pick<Session, "profile" | "createdAt">[]): readonly Profile[] {
  const lastUse = new Map<string, number>();
  for (const { profile, createdAt } of sessions) {
    if (profile !== null) lastUse.set(profile.name, Math.max(createdAt, lastUse.get(profile.name) ?? 0));
  }
  return [...profiles].sort((a, b) => (lastUse.get(b.name) ?? 0) - (lastUse.get(a.name) ?? 0));
}
