/** Profiles: what an administrator offers, with typed options and their bounds. */
import { z } from "zod";

/** What one option sets on the job. */
export const OPTION_TARGETS = [
  "cpus",
  "memory_gb",
  "gpus",
  "gpu_type",
  "hours",
  "minutes",
  "partition",
  "account",
  "qos",
  "working_directory",
] as const;
export type OptionTarget = (typeof OPTION_TARGETS)[number];

const shared = { name: z.string(), label: z.string(), help: z.string().nullable(), sets: z.enum(OPTION_TARGETS) };

export const ProfileOption = z.discriminatedUnion("kind", [
  z.object({
    ...shared,
    kind: z.literal("number"),
    min: z.number(),
    max: z.number(),
    step: z.number().positive(),
    default: z.number(),
    unit: z.string().nullable(),
  }),
  z.object({
    ...shared,
    kind: z.literal("choice"),
    choices: z.array(z.object({ value: z.union([z.string(), z.number()]), label: z.string() })).min(1),
    default: z.union([z.string(), z.number()]),
  }),
  z.object({ ...shared, kind: z.literal("text"), pattern: z.string(), maxLength: z.number().int(), default: z.string() }),
]);
export type ProfileOption = z.infer<typeof ProfileOption>;

export const Profile = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string().nullable(),
  app: z.object({ name: z.string(), title: z.string(), icon: z.string().nullable() }),
  cluster: z.object({ name: z.string(), title: z.string(), awaySince: z.number().nullable() }),
  summary: z.string().describe("its fixed resources in one line"),
  options: z.array(ProfileOption),
});
export type Profile = z.infer<typeof Profile>;
export const ProfileList = z.object({ profiles: z.array(Profile) });
