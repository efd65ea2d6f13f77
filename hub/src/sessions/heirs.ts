/** What takes the place of a session that ends with a successor, as it was checked when it was asked for. */
import type { SessionRow } from "../store/schema.ts";
import type { NewSession } from "../store/sessions.ts";
import { newIdentity } from "./new-session.ts";

/** @returns null: nothing does. It counts against the same limits as the one it follows. */
export function createToHeir(namePrefix: string, now: () => number): (ended: SessionRow) => NewSession | null {
  return ({ successor, user, name, app, appTitle, profile, profileTitle, cluster, countedGroups }) =>
    successor === null
      ? null
      : { ...newIdentity(namePrefix, now()), user, name, app, appTitle, profile, profileTitle, cluster, countedGroups, ...successor };
}
