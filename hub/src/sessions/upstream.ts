/**
 * Where a session's app is reached, for the edge and for our own probe alike.
 *
 * A job says itself where it listens, and its owner may make it say anything: we must not become
 * their way to places that only we can reach. With a pin the claim is harmless, since nothing is sent
 * before the session's own key was shown. Without one, only the cluster's word for the node counts.
 */
import type { Cluster } from "../clusters/cluster.ts";
import type { SessionRow } from "../store/schema.ts";
import { deriveSessionKeys } from "./session-keys.ts";

export interface SessionUpstream {
  readonly host: string;
  readonly port: number;
  /** Null: plain HTTP, no proof of who answers. */
  readonly pin: string | null;
  /** What the cluster itself calls the job's node; null while it has not told. */
  readonly node: string | null;
  readonly secret: string;
}

const LOOPBACK = "127.0.0.1";

/** Null while it is not known where it listens. */
export function toUpstream(row: SessionRow, cluster: Cluster, masterKey: Buffer): SessionUpstream | null {
  const { scheduler, pinned_tls: isPinned } = cluster.config;
  const node = scheduler === "local" ? LOOPBACK : (row.job?.node ?? null);
  const host = scheduler !== "local" && isPinned ? row.host : node;
  if (row.enrolledAt === null || host === null || row.port === null) return null;
  const { pin, secret } = deriveSessionKeys(masterKey, row.id, row.enrolledRestarts ?? 0);
  return { host, port: row.port, pin: isPinned ? pin : null, node, secret };
}
