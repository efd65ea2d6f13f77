/**
 * Before a launch: what this person may launch, whether it would be accepted and when it would start,
 * and what exactly would be sent. It changes nothing but the wish to start something else instead.
 */
import { AppError } from "@fairway/contract/errors.ts";
import type { LaunchCheck } from "@fairway/contract/launching.ts";
import type { LaunchRequest } from "@fairway/contract/sessions.ts";
import type { SessionState } from "@fairway/contract/states.ts";
import type { SessionRow } from "../store/schema.ts";
import { ensureScope } from "./access.ts";
import { type AlternativeFinder, type AlternativesOptions, createAlternativeFinder } from "./alternatives.ts";
import type { LaunchPlan, LaunchPlanner } from "./launch-plan.ts";
import { toProblems } from "./launch-problems.ts";
import type { SessionLimits } from "./limits.ts";
import type { Preview } from "./preview.ts";
import type { ProfileViews } from "./profile-views.ts";
import { findRunningLimit } from "./running-limits.ts";
import { createSuccession, type SuccessionOptions } from "./succession.ts";
import type { Actor, LaunchService } from "./types.ts";

export interface LaunchingOptions extends AlternativesOptions, Omit<SuccessionOptions, "finder"> {
  readonly views: ProfileViews;
  readonly preview: Preview;
  readonly limits: SessionLimits;
}

export function createLaunchService(options: LaunchingOptions): LaunchService {
  const finder = createAlternativeFinder(options);
  const succession = createSuccession({ ...options, finder });
  return {
    async profiles(actor) {
      ensureScope(actor, "read:hub");
      return options.views(actor.user);
    },
    check: (actor, request) => check(actor, request, { ...options, finder }),
    async preview(actor, request, origin) {
      ensureScope(actor, "start:servers");
      return options.preview(actor.user, request, origin);
    },
    ...succession,
  };
}

const RUNNING: readonly SessionState[] = ["starting", "ready", "unreachable"];
/** More than anybody may have. */
const MOST_OPEN = 1000;
const NOT_LIKE_THIS = { kind: "unknown", line: "It would not be accepted as it is." } as const;

type CheckOptions = LaunchingOptions & { readonly finder: AlternativeFinder };

async function check(actor: Actor, request: LaunchRequest, options: CheckOptions): Promise<LaunchCheck> {
  ensureScope(actor, "start:servers");
  const planned = await plan(actor.user, request, options.planner);
  if (planned.plan === null) return { problems: planned.problems, resources: null, estimate: NOT_LIKE_THIS, alternatives: [] };
  const { profile, name, resources, options: chosen } = planned.plan;
  const refused = await options.limits.refusalOf(actor.user);
  const open = await options.store.find({ show: "open", user: actor.user, limit: MOST_OPEN });
  const problems = [
    ...(refused === null ? [] : [{ path: "profile", message: refused.message }]),
    ...(open.some((row) => row.name === name) ? [{ path: "name", message: "A session of this name is open already." }] : []),
    ...toProblems(profile, chosen, await options.rulebook.refusals(profile.cluster, actor.user, resources)),
  ];
  if (problems.length > 0) return { problems, resources, estimate: NOT_LIKE_THIS, alternatives: [] };
  const full = await findFull(actor.user, planned.plan, open, options);
  if (full !== null) return { problems, resources, estimate: { kind: "unknown", line: full }, alternatives: [] };
  return { resources, ...(await foresee(actor.user, planned.plan, options)) };
}

/** A limit that a trial does not see. */
async function findFull(user: string, { profile, resources }: LaunchPlan, open: readonly SessionRow[], options: CheckOptions) {
  const rules = await options.knowledge.get(profile.cluster)?.rules();
  const person = await options.rulebook.person(profile.cluster, user);
  if (rules == null || person === null) return null;
  const running = open.filter((row) => row.cluster === profile.cluster && RUNNING.includes(row.state)).map((row) => row.resources);
  return findRunningLimit(rules.value, person, resources, running);
}

/** When it would start; and what would at once, where that is not this. */
async function foresee(
  user: string,
  launch: LaunchPlan,
  { estimates, finder }: CheckOptions,
): Promise<Pick<LaunchCheck, "problems" | "estimate" | "alternatives">> {
  const { profile, resources } = launch;
  const outlook = await estimates.get(profile.cluster)?.outlook({ user, app: profile.app, resources });
  if (outlook === undefined)
    return { problems: [], estimate: { kind: "unknown", line: "Its cluster is no longer configured." }, alternatives: [] };
  // What our own reading of the rules does not know, the cluster's does.
  if (outlook.kind === "refused")
    return { problems: [{ path: "profile", message: outlook.detail }], estimate: NOT_LIKE_THIS, alternatives: [] };
  const others = outlook.kind === "now" ? [] : (await finder.find(user, launch, null)).alternatives;
  return { problems: [], estimate: outlook, alternatives: others };
}

type Planned = { readonly plan: LaunchPlan } | { readonly plan: null; readonly problems: LaunchCheck["problems"] };

/** What a launch would answer with an error is here what there is to say. */
async function plan(user: string, request: LaunchRequest, planner: LaunchPlanner): Promise<Planned> {
  try {
    return { plan: await planner.plan(user, request) };
  } catch (error) {
    if (!(error instanceof AppError) || !error.expose) throw error;
    return {
      plan: null,
      problems: error.fields === undefined || error.fields.length === 0 ? [{ path: "profile", message: error.message }] : [...error.fields],
    };
  }
}
