/** Before a launch: would it be accepted, when would it start, what would start sooner, and what exactly would be sent. */
import { z } from "zod";
import { OptionValue, Resources } from "./sessions.ts";

const EpochMs = z.number().int().nonnegative();

/** What the cluster says of a start; always with the moment when it said so, and never a promise. */
export const Estimate = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("now"), asOf: EpochMs }),
  z.object({ kind: z.literal("at"), at: EpochMs, asOf: EpochMs }),
  z.object({ kind: z.literal("unknown"), line: z.string().describe("why nothing can be said") }),
]);
export type Estimate = z.infer<typeof Estimate>;

/** Another shape of the same profile that the cluster says would start at once. */
export const Alternative = z.object({
  options: z.record(z.string(), OptionValue).describe("all options, as a launch takes them"),
  resources: Resources,
  line: z.string().describe("2 cores on debug, at most 30 min"),
  asOf: EpochMs,
});
export type Alternative = z.infer<typeof Alternative>;
export const AlternativeList = z.object({ alternatives: z.array(Alternative), asOf: EpochMs.nullable() });

export const LaunchCheck = z.object({
  problems: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .describe("what the site or the cluster would refuse, each limit named; empty: nothing known against it"),
  resources: Resources.nullable(),
  estimate: Estimate,
  alternatives: z.array(Alternative).describe("empty when it would start at once anyway, or nothing would"),
});
export type LaunchCheck = z.infer<typeof LaunchCheck>;

/** The same launch in other words. Holds no secret: where one goes, it says so. */
export const LaunchPreview = z.object({
  script: z.string().describe("the job's script as it would be sent"),
  sbatch: z.string().describe("the command line and environment that submit it"),
  curl: z.string().describe("the same launch over the API"),
  link: z.string().describe("a page that opens the form so filled in"),
});
export type LaunchPreview = z.infer<typeof LaunchPreview>;

export const StartInsteadRequest = z.object({ options: z.record(z.string(), OptionValue) }).strict();
export const ExtendRequest = z
  .object({
    seconds: z
      .number()
      .int()
      .min(60)
      .max(366 * 86_400)
      .optional()
      .describe("how much longer; as much as one extension gives unless told"),
  })
  .strict();
