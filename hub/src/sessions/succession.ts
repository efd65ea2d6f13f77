/**
 * Start another shape instead of one that waits. The wish is the row's `successor` beside its stop; it
 * is carried out by whoever writes the row's end, in the same transaction (`store.succeed`). So there
 * is no moment at which a crash could lose it or double it, and none at which the name is free.
 *
 * A job that starts between the wish and its cancellation is stopped all the same: the person asked
 * for a swap, nobody has been let into it, and a cancellation under way cannot be called back.
 */
import type { SessionRow } from "../store/schema.ts";
import type { NewSession } from "../store/sessions.ts";
import { newIdentity } from "./new-session.ts";

/** What takes the place of a session that ends; null: nothing does. */
export function createSuccession(namePrefix: string, now: () => number): (ended: SessionRow) => NewSession | null {
  return ({ successor, user, name, app, appTitle, profile, profileTitle, cluster, countedGroups }) =>
    successor === null
      ? null
      : { ...newIdentity(namePrefix, now()), user, name, app, appTitle, profile, profileTitle, cluster, countedGroups, ...successor };
}
