/** Who may have a shell on a cluster's login node, in the browser: whoever is signed in there, where the site allows it. */
import type { DoorLogin, DoorLoginEntry } from "@fairway/contract/door.ts";
import type { Logger } from "pino";
import type { Cluster } from "../clusters/cluster.ts";
import type { Identity } from "../identity/types.ts";
import { ensureScope } from "../sessions/access.ts";
import { type StreamSockets, TooManyStreams } from "../transports/streams.ts";
import { refuse } from "./refuse.ts";
import { openStreamTarget } from "./stream-target.ts";

export interface LoginNodeOptions {
  readonly identity: Pick<Identity, "byDoorCredential">;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly streams: StreamSockets;
  readonly log: Logger;
}

export async function enterLoginNode({ credential, cluster: name }: DoorLogin, options: LoginNodeOptions): Promise<DoorLoginEntry> {
  // A token is narrower than a person, and may lie in somebody's script.
  if (credential.kind !== "login") return refuse("A terminal on a login node is for the browser, signed in.", null);
  const actor = await options.identity.byDoorCredential(credential);
  if (actor === null) return refuse("Your sign-in is not valid any more.", "Sign in again.");
  ensureScope(actor, "access:servers");
  const cluster = options.clusters.get(name);
  // One that has none and one that is not there are alike.
  if (cluster?.config.shells?.login !== true) return refuse("This site has no terminals on that login node.", "Open one in a session.");
  try {
    return { kind: "open", target: await openStreamTarget({ verb: "login" }, actor.user, cluster, options.streams) };
  } catch (error) {
    if (error instanceof TooManyStreams) return refuse("Too many terminals are being opened at this moment.", "Try again in some seconds.");
    options.log.warn({ err: error, cluster: name, user: actor.user }, "a login node could not be reached for a terminal");
    return refuse(`The login node of ${cluster.title} cannot be reached now.`, "Try again in some minutes.");
  }
}
