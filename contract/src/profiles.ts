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
  "reservation",
  "working_directory",
  "open",
] as const;
export type OptionTarget = (typeof OPTION_TARGETS)[number];

/** Lists that are read from the cluster for this person, instead of being typed in. */
export const CHOICE_SOURCES = ["partitions", "accounts", "qos", "reservations", "gpu_types"] as const;
export type ChoiceSource = (typeof CHOICE_SOURCES)[number];

const shared = {
  name: z.string(),
  label: z.string(),
  help: z.string().nullable(),
  sets: z.enum(OPTION_TARGETS),
  when: z
    .object({ option: z.string(), is: z.array(z.union([z.string(), z.number()])) })
    .nullable()
    .describe("asked only while that option has one of these values; else it counts as not set"),
};

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
    choices: z
      .array(
        z.object({
          value: z.union([z.string(), z.number()]),
          label: z.string(),
          refusal: z.string().nullable().describe("why this person cannot take it"),
        }),
      )
      .describe("empty when the cluster offers none"),
    default: z.union([z.string(), z.number()]),
  }),
  z.object({ ...shared, kind: z.literal("file"), picks: z.enum(["file", "folder"]), default: z.string() }),
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
  remembered: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .describe("what this person chose last time, as far as it is still allowed"),
  refusal: z.string().nullable().describe("why it cannot be launched at the moment; null: it can"),
});
export type Profile = z.infer<typeof Profile>;
export const ProfileList = z.object({ profiles: z.array(Profile) });
