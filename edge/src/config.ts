/**
 * The edge's configuration: a JSON file (0600) that the supervisor writes. It holds no policy;
 * who may do what comes over the feed.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";

/** A number, or octal digits as people write them ("0660"). */
const FileMode = z.union([
  z.int().min(0).max(0o777),
  z
    .string()
    .regex(/^0?[0-7]{3}$/)
    .transform((digits) => Number.parseInt(digits, 8)),
]);

const ListenerConfig = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("tcp"),
    address: z.string(),
    port: z.int().min(0).max(65_535),
    tls: z.strictObject({ certFile: z.string(), keyFile: z.string() }).nullable(),
    /** Takes SSH here, too, and hands it to the door. */
    ssh: z.boolean().optional(),
  }),
  z.strictObject({ kind: z.literal("unix"), path: z.string().max(100), mode: FileMode }),
]);
export type ListenerConfig = z.infer<typeof ListenerConfig>;

export const EdgeConfig = z.strictObject({
  baseUrl: z.string().regex(/^\/(?:[A-Za-z0-9._~-]+\/)*$/, "a base URL starts and ends with a slash"),
  siteName: z.string(),
  /** Origins under which browsers know us, where Host and X-Forwarded-* do not tell. */
  publicOrigins: z.array(z.string().regex(/^https?:\/\/[^/]+$/, "an origin has no path: https://hub.example.org")),
  listeners: z.array(ListenerConfig).min(1),
  /** Addresses or networks whose X-Forwarded-* are believed. */
  trustedProxies: z.array(z.string()),
  hubSocket: z.string(),
  feedSocket: z.string(),
  /** Where the door takes SSH that came to us; null where there is no door. */
  doorSocket: z.string().nullable().default(null),
  /** Where the door takes browsers' terminals; null where there is no door. */
  terminalsSocket: z.string().nullable().default(null),
  snapshotFile: z.string(),
  /** The built portal: `index.html` and `static/`. */
  webDir: z.string(),
  /** Reserved: more than one process is not built yet. */
  workers: z.int().min(1).max(1).optional(),
  accessLog: z.boolean().default(false),
});
export type EdgeConfig = z.infer<typeof EdgeConfig>;

/** @throws {Error} with the file's name and every fault, when it cannot be read or is not valid. */
export function loadConfig(file: string): EdgeConfig {
  const parsed = EdgeConfig.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new Error(`${file} is not a valid edge configuration:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
