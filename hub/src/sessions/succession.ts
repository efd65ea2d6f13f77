/**
 * Start another shape instead of one that waits. The wish is the row's `successor` beside its stop; it
 * is carried out by whoever writes the row's end, in the same transaction (`store.succeed`). So there
 * is no moment at which a crash could lose it or double it, and none at which the name is free.
 *
 * A job that starts between the wish and its cancellation is stopped all the same: the person asked
 * for a swap, nobody has been let into it, and a cancellation under way cannot be called back. Who asks
 * after it has started, as far as we have heard, is told so, and nothing is stopped.
 */
import { AppError } from "@fairway/contract/errors.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import type { Rulebook } from "../clusters/rulebook.ts";
import type { ProfileConfig } from "../config/load.ts";
import type { SessionOptions, SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import { ensureOwn, ensureScope } from "./access.ts";
import type { AlternativeFinder } from "./alternatives.ts";
import type { SessionChanges } from "./changes.ts";
import type { LaunchPlanner } from "./launch-plan.ts";
import { toProblems } from "./launch-problems.ts";
import { isWaiting } from "./state.ts";
import type { Actor, LaunchService } from "./types.ts";
import type { VisibleProfiles } from "./visible-profiles.ts";

export type Succession = Pick<LaunchService, "alternatives" | "startInstead">;

export interface SuccessionOptions {
  readonly store: SessionStore;
  readonly changes: SessionChanges;
  readonly profiles: VisibleProfiles;
  readonly planner: LaunchPlanner;
  readonly rulebook: Rulebook;
  readonly finder: AlternativeFinder;
  readonly conduct: (id: string) => void;
  readonly view: (row: SessionRow) => Session;
}

/** Another size does not help against these: a limit on running jobs, a hold, something that must happen first. */
const WAITS_FOR_ELSE = /^(QOS|Assoc|JobHeld|Dependency|BeginTime)/i;

export function createSuccession(options: SuccessionOptions): Succession {
  const { store, profiles, finder } = options;
  return {
    async alternatives(actor, id) {
      ensureScope(actor, "start:servers");
      const row = await ensureOwn(store, actor, id, null);
      const profile = await findStill(profiles, row);
      const mayHelp = isWaiting(row.state) && !WAITS_FOR_ELSE.test(row.job?.pendingReason ?? "");
      if (profile === null || !mayHelp) return { alternatives: [], asOf: null };
      return finder.find(row.user, { profile, options: row.options, resources: row.resources }, row.resources);
    },
    startInstead: (actor, id, chosen) => startInstead(actor, id, chosen, options),
  };
}

async function startInstead(
  actor: Actor,
  id: string,
  chosen: SessionOptions,
  { store, changes, profiles, planner, rulebook, conduct, view }: SuccessionOptions,
): Promise<Session> {
  ensureScope(actor, "start:servers");
  ensureScope(actor, "delete:servers");
  const row = await ensureOwn(store, actor, id, null);
  ensureWaiting(row);
  const profile = await findStill(profiles, row);
  if (profile === null)
    throw new AppError("conflict", "The profile it was launched from has changed.", { next: "Stop it, and launch what you want." });
  const request = { profile: profile.name, name: row.name, options: chosen, open: row.openPath };
  const { options, resources, workingDirectory, openPath } = await planner.plan(row.user, request);
  const fields = toProblems(profile, options, await rulebook.refusals(profile.cluster, row.user, resources));
  if (fields.length > 0)
    throw new AppError("invalid_input", "The cluster would not take this.", { fields, next: "Change what is marked and try again." });
  const successor = { options, resources, workingDirectory, openPath };
  const changed = await changes.apply(id, { kind: "swap-asked", successor }, (current) => {
    // The last look before it is written: what started while we planned goes on.
    ensureWaiting(current);
    return true;
  });
  conduct(id);
  return view((await openNamed(store, row)) ?? changed ?? row);
}

/** @throws conflict */
function ensureWaiting({ state }: SessionRow): void {
  if (isWaiting(state)) return;
  const why = state === "ended" || state === "stopping" ? "It has been stopped already." : "It waits no longer: it is starting.";
  throw new AppError("conflict", why, { next: "See its page for what it does now." });
}

/** Who has its name now: it while it stops, the next one when it was never sent. */
async function openNamed(store: SessionStore, { user, name }: SessionRow): Promise<SessionRow | null> {
  const open = await store.find({ show: "open", user, limit: 1000 });
  return open.find((row) => row.name === name) ?? null;
}

/** Its profile, if this person still sees it and it still leads where the session is. */
async function findStill(profiles: VisibleProfiles, row: SessionRow): Promise<ProfileConfig | null> {
  const found = (await profiles.of(row.user)).find(({ name }) => name === row.profile);
  return found?.cluster === row.cluster ? found : null;
}
