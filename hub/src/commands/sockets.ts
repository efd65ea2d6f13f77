/** Where the processes of one Fairway meet: Unix sockets in its private runtime folder. */
import { join } from "node:path";
import type { Config } from "../config/load.ts";

type Runtime = Pick<Config, "runtime_dir">;

/** The hub's HTTP application, for the edge alone. */
export const hubSocketPath = (config: Runtime) => join(config.runtime_dir, "hub.sock");
/** What the hub tells the edge. */
export const feedSocketPath = (config: Runtime) => join(config.runtime_dir, "feed.sock");
/** Where the door takes SSH that came to the edge. */
export const doorSocketPath = (config: Runtime) => join(config.runtime_dir, "door.sock");
/** Where the door takes browsers' terminals from the edge. */
export const terminalsSocketPath = (config: Runtime) => join(config.runtime_dir, "terminals.sock");
