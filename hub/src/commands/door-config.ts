/**
 * What the door reads: the part of fairway.yaml that concerns it. The door sees neither fairway.yaml nor any of the
 * hub's secrets; its host key it asks of the hub.
 */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Config, loadConfig } from "../config/load.ts";
import { toTunnelsDir } from "../routes/tunnel-paths.ts";
import { doorSocketPath, feedSocketPath, terminalsSocketPath } from "./sockets.ts";

/** `fairway config door`: for a door that is a unit of its own. @throws where the site has none */
export function prepareDoor(file: string): void {
  const written = writeDoorConfig(loadConfig(file));
  if (written === null) throw new Error("This site has no door: there is no `door` in fairway.yaml.");
  process.stdout.write(`${written}\n`);
}

/** @returns the file (0600) that the door reads; null where the site has none. */
export function writeDoorConfig(config: Config): string | null {
  if (config.door === undefined) return null;
  const { listen, banner, agent_forwarding: agentForwarding, connections_per_user: connectionsPerUser } = config.door;
  const door = {
    siteName: config.site.name,
    listen,
    socket: doorSocketPath(config),
    feedSocket: feedSocketPath(config),
    terminalsSocket: terminalsSocketPath(config),
    tunnelsDir: toTunnelsDir(config.runtime_dir),
    banner: banner ?? null,
    agentForwarding,
    connectionsPerUser,
  };
  mkdirSync(config.runtime_dir, { recursive: true, mode: 0o700 });
  const file = join(config.runtime_dir, "door.json");
  writeFileSync(`${file}.new`, JSON.stringify(door), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return file;
}
