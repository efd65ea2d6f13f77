/** A way in that is made for one connection of the door's: an sshd that the cluster starts for it, with keys of its own. */
import type { DoorTarget } from "@fairway/contract/door.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { makeSshKey } from "../pki/ssh-ed25519.ts";
import type { StreamSockets } from "../transports/streams.ts";
import type { StreamVerb } from "../transports/types.ts";

/** What is to be entered, see hub/share/shells. */
export type StreamPlace = { readonly verb: "login" } | { readonly verb: "job"; readonly jobId: string; readonly jobName: string };

/** The door waits for the hub's answer; the login node has to be reached meanwhile. */
const OPEN_TIMEOUT_MS = 15_000;

/** Whether this person may is the caller's to ask. @throws ExecError while the cluster cannot be reached; TooManyStreams */
export async function openStreamTarget(place: StreamPlace, user: string, cluster: Cluster, sockets: StreamSockets): Promise<DoorTarget> {
  const { openStream } = cluster.transport;
  if (openStream === null) throw new TypeError(`nobody has shells on ${cluster.name}: the configuration should have said so`);
  const [host, door] = [makeSshKey("fairway"), makeSshKey("fairway")];
  const verb: StreamVerb = { ...place, keys: { hostKey: host.privateKey, authorizedKey: door.publicKey } };
  const { path, stream } = await sockets.offer(user, () => openStream(user, verb, AbortSignal.timeout(OPEN_TIMEOUT_MS)));
  return {
    upstream: { kind: "unix", path, pin: null },
    preamble: stream.preamble,
    account: cluster.transport.accountOf(user),
    hostKey: host.publicKey,
    privateKey: door.privateKey,
  };
}
