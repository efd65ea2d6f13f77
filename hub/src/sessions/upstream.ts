/**
 * Where a session's app is reached, for the edge and for our own probe alike.
 *
 * A job says itself where it listens, and its owner may make it say anything: we must not become
 * their way to places that only we can reach. With a pin the claim is harmless, since nothing is sent
 * before the session's own key was shown. Without one, only the cluster's word for the node counts, or
 * a Unix socket of our own, which nobody but this run's tunnel has been let in to.
 */
import type { RouteKind } from "@fairway/contract/routes.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { toTunnelPaths } from "../routes/tunnel-paths.ts";
import type { SessionRow } from "../store/schema.ts";
import { deriveSessionKeys } from "./session-keys.ts";

export type Where =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

export interface SessionUpstream {
  readonly where: Where;
  /** Null: plain HTTP, no proof of who answers. */
  readonly pin: string | null;
  /** What the cluster itself calls the job's node; null while it has not told. */
  readonly node: string | null;
  readonly secret: string;
}

/** What the ways to sessions are worked out from. */
export interface UpstreamContext {
  readonly masterKey: Buffer;
  /** Where the door's sockets are. */
  readonly runtimeDir: string;
}

const LOOPBACK = "127.0.0.1";

/** Null while it is not known where it listens. */
export function toUpstream(row: SessionRow, cluster: Cluster, { masterKey, runtimeDir }: UpstreamContext): SessionUpstream | null {
  if (row.enrolledAt === null) return null;
  const { pin, secret } = deriveSessionKeys(masterKey, row.id, row.enrolledRestarts ?? 0);
  const isPinned = cluster.config.pinned_tls;
  const shared = { node: nodeOf(row, cluster), secret };
  switch (routeOf(row, cluster)) {
    case "direct": {
      const host = hostOf(row, cluster);
      if (host === null || row.port === null) return null;
      return { ...shared, where: { kind: "tcp", host, port: row.port }, pin: isPinned ? pin : null };
    }
    case "ssh": {
      const { forwards } = cluster.transport;
      if (forwards === null || hostOf(row, cluster) === null || row.port === null) return null;
      return { ...shared, where: { kind: "unix", path: forwards.pathOf(row.id) }, pin: isPinned ? pin : null };
    }
    case "tunnel":
      // Without a port the app listens on a Unix socket in its job, which the tunnel alone leads to.
      return {
        ...shared,
        where: { kind: "unix", path: toTunnelPaths(runtimeDir, row.id).app },
        pin: isPinned && row.port !== null ? pin : null,
      };
  }
}

/** A local job is on this very machine. What enrolled before there were routes is reached as it was. */
export function routeOf(row: SessionRow, cluster: Cluster): RouteKind {
  return cluster.config.scheduler === "local" ? "direct" : (row.route ?? "direct");
}

/** The node's address that counts: the job's claim where its key is pinned, else only the cluster's word. */
export function hostOf(row: SessionRow, cluster: Cluster): string | null {
  const { scheduler, pinned_tls: isPinned } = cluster.config;
  return scheduler !== "local" && isPinned ? row.host : nodeOf(row, cluster);
}

function nodeOf(row: SessionRow, cluster: Cluster): string | null {
  return cluster.config.scheduler === "local" ? LOOPBACK : (row.job?.node ?? null);
}
