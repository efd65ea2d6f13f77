/** What the bench tells the timing program on the hub node about one rush, and what that tells back. */
import { z } from "zod";

export const RushPlan = z.object({
  /** Who presses, in this order, all within a second. */
  users: z.array(z.string()).min(1),
  /** Somebody else, who only looks at the portal meanwhile. */
  onlooker: z.string(),
  way: z.discriminatedUnion("name", [
    z.object({ name: z.literal("floor"), partition: z.string(), cpus: z.number(), memory: z.string() }),
    z.object({ name: z.literal("fairway"), url: z.string(), profile: z.string(), tokens: z.record(z.string(), z.string()) }),
    z.object({ name: z.literal("jupyterhub"), api: z.string(), token: z.string() }),
  ]),
  /** The rush is looked at for at least so long, so that what Slurm is asked can be counted by the minute. */
  windowMs: z.number(),
});
export type RushPlan = z.infer<typeof RushPlan>;
export type WayName = RushPlan["way"]["name"];

export const RushResult = z.object({
  /** From each person's own press; null: refused, or not ready within the limit. */
  readyMs: z.array(z.number().nullable()),
  /** Presses that were answered with an error. */
  refused: z.array(z.string()),
  /** Each look of the onlooker. */
  looksMs: z.array(z.number()),
});
export type RushResult = z.infer<typeof RushResult>;
