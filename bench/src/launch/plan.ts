/** What the bench tells the timing program on the hub node, and what that tells back, a line of JSON each. */
import { z } from "zod";

export const LAUNCHER_NAMES = ["floor", "fairway", "jupyterhub"] as const;
export type LauncherName = (typeof LAUNCHER_NAMES)[number];

export const LaunchPlan = z.object({
  user: z.string(),
  launchers: z.array(z.enum(LAUNCHER_NAMES)),
  rounds: z.number().int().positive(),
  /** Rounds before, which count for nothing. */
  warmUps: z.number().int(),
  floor: z.object({ hosts: z.array(z.string()), cpus: z.number(), memory: z.string(), partition: z.string() }),
  fairway: z.object({ url: z.string(), token: z.string(), profile: z.string() }),
  jupyterhub: z.object({ url: z.string(), api: z.string(), token: z.string() }).nullable(),
});
export type LaunchPlan = z.infer<typeof LaunchPlan>;

export const LaunchLine = z.object({
  launcher: z.enum(LAUNCHER_NAMES),
  /** Below 0: a warm-up. */
  round: z.number().int(),
  totalMs: z.number(),
  /** Milliseconds from the start to what the launcher heard on the way. */
  marks: z.record(z.string(), z.number()),
});
export type LaunchLine = z.infer<typeof LaunchLine>;
