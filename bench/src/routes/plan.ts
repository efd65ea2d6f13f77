/** What the bench tells the measuring program on the hub node, and what that tells back. */
import { z } from "zod";

/** One way to the app, as a connection: everything else is the same for all. */
const Where = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("unix"), path: z.string() }),
  z.object({ kind: z.literal("tcp"), host: z.string(), port: z.number().int() }),
]);
export type Where = z.infer<typeof Where>;

export const WAY_NAMES = ["ssh_l", "ssh_route", "ssh_l_plain", "tunnel_route", "edge_ssh", "edge_tunnel"] as const;
export type WayName = (typeof WAY_NAMES)[number];

const Way = z.object({
  name: z.enum(WAY_NAMES),
  where: Where,
  isTls: z.boolean(),
  /** Below which the app answers, with both slashes. */
  path: z.string(),
  /** Sent with each request: the edge's token. */
  authorization: z.string().nullable(),
});
export type Way = z.infer<typeof Way>;

export const RoutesPlan = z.object({
  ways: z.array(Way),
  /** Each a plain `ssh -N -L`, as this account, for as long as the program runs. */
  forwards: z.array(z.object({ port: z.number().int(), host: z.string(), hostPort: z.number().int() })),
  ssh: z.object({ uid: z.number().int(), gid: z.number().int(), home: z.string(), options: z.array(z.string()), login: z.string() }),
  rounds: z.number().int().positive(),
  secondsEach: z.number().positive(),
  connections: z.number().int().positive(),
});
export type RoutesPlan = z.infer<typeof RoutesPlan>;

/** One round of one way. */
export const WayLine = z.object({
  name: z.enum(WAY_NAMES),
  round: z.number().int(),
  requestsPerS: z.number(),
  latenciesMs: z.array(z.number()).describe("a sample of them"),
  downloadMbPerS: z.number(),
  echoesPerS: z.number(),
  echoP50Ms: z.number(),
  /** A connection anew for each: to the first byte of the answer. */
  newRequestsMs: z.array(z.number()),
});
export type WayLine = z.infer<typeof WayLine>;
