/** A launch that its cluster would refuse, or never start, is refused before anything durable happens. */
import { AppError } from "@fairway/contract/errors.ts";
import type { Rulebook } from "../clusters/rulebook.ts";
import type { LaunchPlan } from "./launch-plan.ts";
import { toProblems } from "./launch-problems.ts";

/** @throws invalid_input, with a field for each limit */
export async function ensureNotRefused(rulebook: Pick<Rulebook, "refusals">, user: string, plan: LaunchPlan): Promise<void> {
  const { profile, options, resources } = plan;
  const refusals = await rulebook.refusals(profile.cluster, user, resources);
  if (refusals.length === 0) return;
  const fields = toProblems(profile, options, refusals);
  const isTheirs = fields.some(({ path }) => path.startsWith("options."));
  throw new AppError("invalid_input", refusals.map(({ line }) => line).join(" "), {
    fields,
    next: isTheirs ? "Change the marked options and launch again." : "Choose another profile, or ask those who run this site.",
  });
}
