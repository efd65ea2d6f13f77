/**
 * How many sessions somebody may have at a time, who says so, and in which words it is refused. What
 * waits counts: a limit that only counts what runs can be overrun by asking fast.
 */
import type { Me } from "@fairway/contract/accounts.ts";
import { AppError } from "@fairway/contract/errors.ts";
import type { Config } from "../config/load.ts";
import type { SessionRow } from "../store/schema.ts";
import type { BoundReached, LaunchBounds, SessionStore } from "../store/sessions.ts";

/** `source`: who sets the person's own limit, in words. */
export type PersonBounds = LaunchBounds & { readonly source: string };

export interface SessionLimits {
  /** What a launch of theirs must stay within. */
  boundsOf(user: string): Promise<PersonBounds>;
  describe(user: string): Promise<Me["limits"]>;
  /** Why one more would be refused now; null: there is room. The launch itself has the last word. */
  refusalOf(user: string): Promise<AppError | null>;
  toError(user: string, bounds: PersonBounds, reached: BoundReached): Promise<AppError>;
}

export interface LimitsOptions {
  readonly limits: Config["limits"];
  readonly groupsOf: (user: string) => Promise<readonly string[]>;
  readonly store: SessionStore;
}

/** Enough to choose from. */
const MOST_NAMED = 5;

export function createSessionLimits({ limits, groupsOf, store }: LimitsOptions): SessionLimits {
  const hasGroups = Object.keys(limits.groups).length > 0;
  const boundsOf = async (user: string) => toBounds(limits, hasGroups ? await groupsOf(user) : []);
  const toError = async (user: string, bounds: PersonBounds, reached: BoundReached) =>
    toLimitError(bounds, reached, await store.find({ show: "open", user, limit: MOST_NAMED }));
  return {
    boundsOf,
    toError,
    async describe(user) {
      const { sessions, source } = await boundsOf(user);
      return { running: await store.countOpen(user), allowed: sessions, source };
    },
    async refusalOf(user) {
      const bounds = await boundsOf(user);
      const reached = await store.findReached(user, bounds);
      return reached === null ? null : toError(user, bounds, reached);
    },
  };
}

/** A group's limit stands instead of the site's, and of several groups the most generous. Totals hold all the same. */
export function toBounds(limits: Config["limits"], groups: readonly string[]): PersonBounds {
  const own: { sessions: number; source: string }[] = [];
  const totals: { name: string; sessions: number }[] = [];
  for (const name of groups) {
    const { sessions_per_user: each, sessions: total } = Object.hasOwn(limits.groups, name) ? (limits.groups[name] ?? {}) : {};
    if (each !== undefined) own.push({ sessions: each, source: `the group ${name}` });
    if (total !== undefined) totals.push({ name, sessions: total });
  }
  const [most = { sessions: limits.sessions_per_user, source: "this site" }] = own.sort((a, b) => b.sessions - a.sessions);
  return { ...most, groups: totals };
}

function toLimitError({ source }: PersonBounds, { group, open, allowed }: BoundReached, own: readonly SessionRow[]): AppError {
  const names = own
    .map(({ name, appTitle }) => (name === "" ? `your default session (${appTitle})` : `"${name}" (${appTitle})`))
    .join(", ");
  if (allowed === 0)
    return new AppError("limit_reached", `${group === null ? capitalise(source) : `The group ${group}`} allows you no sessions here.`, {
      next: "Ask the staff of this site if that is a mistake.",
    });
  if (group === null)
    return new AppError("limit_reached", `You have ${count(open)}; ${source} allows ${allowed} at a time, waiting ones included.`, {
      next: `Stop one of them first: ${names}.`,
    });
  const ofYours = names === "" ? "" : `Stop one of yours (${names}), or `;
  return new AppError(
    "limit_reached",
    `The group ${group} has ${count(open)} together; this site allows it ${allowed} at a time, waiting ones included.`,
    { next: capitalise(`${ofYours}try again when somebody else's has ended.`) },
  );
}

const count = (sessions: number) => `${sessions} ${sessions === 1 ? "session" : "sessions"}`;
const capitalise = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
