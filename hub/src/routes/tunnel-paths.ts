/** Where the door listens for what a job's tunnel brings: whoever knows the session knows the paths. */
import { join } from "node:path";
import type { DoorTunnelPaths } from "@fairway/contract/door.ts";

/** Private to the account. `runtimeDir` is at most 60 bytes, so that a socket's path stays under 100. */
export const toTunnelsDir = (runtimeDir: string) => join(runtimeDir, "tunnels");

export function toTunnelPaths(runtimeDir: string, sessionId: string): DoorTunnelPaths {
  const folder = toTunnelsDir(runtimeDir);
  return { app: join(folder, `${sessionId}.sock`), sshd: join(folder, `${sessionId}-ssh.sock`) };
}

/** The id of the forward (transports/types.ts) that leads to a session's sshd; the session's own leads to its app. */
export const toSshdForward = (sessionId: string) => `${sessionId}-ssh`;
