/** What a door that was killed has left of its tunnels: sockets that nobody listens on. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { SessionId } from "@fairway/contract/names.ts";

/** Removes those of a session's name; nothing else, and none that somebody listens on. */
export async function removeLeftSockets(dir: string): Promise<void> {
  if (!existsSync(dir)) return;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const session = entry.name.replace(/(?:-ssh)?\.sock$/, "");
    if (!entry.isSocket() || !SessionId.safeParse(session).success) continue;
    const path = join(dir, entry.name);
    if (await isRefused(path)) rmSync(path, { force: true });
  }
}

function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
}
