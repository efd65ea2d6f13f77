/** What the bench tells the measuring program, and what that tells back, a line of JSON each. */
import { z } from "zod";

/** Inside the bench's own network namespace: where "nodes" are. Not loopback, which no node may be. */
export const ADDRESS = "10.99.0.1";

/** Starts before those that count. */
export const WARM_UPS = 200;

export const ScalePlan = z.object({
  /** A new, empty folder for everything. */
  folder: z.string(),
  sessions: z.number().int().positive(),
  users: z.number().int().positive(),
  /** So many of the sessions find room on the cluster. */
  capacity: z.number().int().positive(),
  /** Which of both is measured: starts, or standing still once `capacity` are ready. */
  what: z.enum(["starts", "standing"]),
  windowMs: z.number().int().positive(),
});
export type ScalePlan = z.infer<typeof ScalePlan>;

const Window = z.object({
  ms: z.number(),
  hubCpuMs: z.number(),
  hubChildCpuMs: z.number(),
  hubRssBytes: z.number(),
  squeues: z.number(),
});
export type Window = z.infer<typeof Window>;

export const ScaleResult = z.discriminatedUnion("what", [
  z.object({
    what: z.literal("starts"),
    /** From the first POST until each was told ready, in the order of their becoming so. */
    readyMs: z.array(z.number()),
    hubCpuMs: z.number(),
    hubChildCpuMs: z.number(),
    edgeCpuMs: z.number(),
  }),
  z.object({
    what: z.literal("standing"),
    quiet: Window,
    /** With one more, which starts for ever, so that the watcher asks as often as it ever does. */
    busy: Window,
    /** One `squeue` about one job, by a program of Node's like the hub. */
    oneSqueue: z.object({ callerCpuMs: z.number(), childCpuMs: z.number() }),
  }),
]);
export type ScaleResult = z.infer<typeof ScaleResult>;
