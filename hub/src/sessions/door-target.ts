/**
 * How the door comes into a session: the sshd that the person's own job runs. No pin on the way: ssh itself
 * proves who answers, by the host key of this run.
 */
import type { DoorTarget } from "@fairway/contract/door.ts";
import type { Upstream } from "@fairway/contract/feed.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { toSshdForward, toTunnelPaths } from "../routes/tunnel-paths.ts";
import type { SessionRow } from "../store/schema.ts";
import { deriveSshKeys } from "./session-keys.ts";
import { hostOf, routeOf, type UpstreamContext } from "./upstream.ts";

/** Where the scheduler itself may start something inside a running job for people; never without a door (config/door.ts). */
export const takesStreams = (cluster: Cluster | undefined) =>
  cluster?.config.ssh_into_sessions === true && cluster.config.shells?.jobs === true;

/** Null: it has no sshd, or has not said where it listens. Whether the session runs is the caller's to ask. */
export function toDoorTarget(row: SessionRow, cluster: Cluster, context: UpstreamContext): DoorTarget | null {
  const upstream = toSshdUpstream(row, cluster, context);
  if (upstream === null) return null;
  const { host, door } = deriveSshKeys(context.masterKey, row.id, row.enrolledRestarts ?? 0);
  return { upstream, preamble: "", account: cluster.transport.accountOf(row.user), hostKey: host.publicKey, privateKey: door.privateKey };
}

function toSshdUpstream(row: SessionRow, cluster: Cluster, { runtimeDir }: UpstreamContext): Upstream | null {
  if (row.enrolledAt === null || row.sshdPort === null) return null;
  const host = hostOf(row, cluster);
  switch (routeOf(row, cluster)) {
    case "direct":
      return host === null ? null : { kind: "tcp", host, port: row.sshdPort, pin: null };
    case "ssh": {
      const { forwards } = cluster.transport;
      return forwards === null ? null : { kind: "unix", path: forwards.pathOf(toSshdForward(row.id)), pin: null };
    }
    case "tunnel":
      return { kind: "unix", path: toTunnelPaths(runtimeDir, row.id).sshd, pin: null };
  }
}
