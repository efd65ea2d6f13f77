/**
 * Into which session somebody comes: the one that they name, else their default one, else the newest; where they have
 * none, the site's default profile is launched for them. While it is not there yet, what the person is told meanwhile.
 */

import { describePlace } from "@fairway/contract/describe-session.ts";
import type { DoorEnter, DoorEntry } from "@fairway/contract/door.ts";
import { AppError } from "@fairway/contract/errors.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import type { Logger } from "pino";
import type { Cluster } from "../clusters/cluster.ts";
import type { Identity } from "../identity/types.ts";
import { ensureScope } from "../sessions/access.ts";
import { takesStreams, toDoorTarget } from "../sessions/door-target.ts";
import type { Actor, SessionService } from "../sessions/types.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import type { StreamSockets } from "../transports/streams.ts";
import { refuse } from "./refuse.ts";
import { openStreamTarget } from "./stream-target.ts";

export interface EntryOptions {
  readonly identity: Pick<Identity, "byDoorCredential">;
  readonly sessions: Pick<SessionService, "launch">;
  readonly store: Pick<SessionStore, "get" | "find">;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly masterKey: Buffer;
  readonly runtimeDir: string;
  readonly streams: StreamSockets;
  /** Launched for who has no session; null: nothing is. */
  readonly defaultProfile: string | null;
  /** Makes ready what leads to its node. */
  readonly prepare: (row: SessionRow, cluster: Cluster) => Promise<void>;
  readonly view: (row: SessionRow) => Session;
  readonly now: () => number;
  readonly log: Logger;
}

/** Its sshd is started after its app, and tells so. */
const SSHD_PATIENCE_MS = 20_000;
const MOST_SESSIONS = 200;

export function createEntry(options: EntryOptions): (request: DoorEnter) => Promise<DoorEntry> {
  return async (request) => {
    try {
      return await enter(request, options);
    } catch (error) {
      // A limit, a refusal of the cluster's: for the person, in the words that the portal would use.
      if (error instanceof AppError && error.expose) return { kind: "refused", line: error.message, next: error.next ?? null };
      throw error;
    }
  };
}

async function enter({ credential, session, id }: DoorEnter, options: EntryOptions): Promise<DoorEntry> {
  const actor = await options.identity.byDoorCredential(credential);
  if (actor === null) return refuse("Your sign-in is not valid any more.", "Connect again.");
  ensureScope(actor, "access:servers");
  const row = id === undefined ? await find(actor, session, options) : await options.store.get(id);
  // Somebody else's is as if it were none.
  if (row !== null && row.user === actor.user) return toEntry(row, options);
  if (id !== undefined) return refuse("There is no such session.", null);
  return session === null ? launch(actor, options) : refuse(...(await describeMissing(actor, session, options)));
}

async function find(actor: Actor, name: string | null, { store, clusters }: EntryOptions): Promise<SessionRow | null> {
  const open = await store.find({ show: "open", user: actor.user, limit: MOST_SESSIONS });
  if (name !== null) return open.find((row) => row.name === name) ?? null;
  const takesSsh = (row: SessionRow) => row.state !== "stopping" && clusters.get(row.cluster)?.config.ssh_into_sessions === true;
  return open.find((row) => row.name === "") ?? open.find(takesSsh) ?? null;
}

async function describeMissing(actor: Actor, name: string, { store }: EntryOptions): Promise<[string, string]> {
  const open = await store.find({ show: "open", user: actor.user, limit: MOST_SESSIONS });
  const names = open.map((row) => (row.name === "" ? "the default one" : row.name));
  const next = names.length === 0 ? "You have none open. Launch it in the portal first." : `You have: ${names.join(", ")}.`;
  return [`You have no open session called "${name}".`, next];
}

async function launch(actor: Actor, options: EntryOptions): Promise<DoorEntry> {
  const { defaultProfile: profile, sessions, store } = options;
  if (profile === null) return refuse("You have no session open.", "Launch one in the portal, or with `fairway launch`.");
  try {
    const { id, profile: launched } = await sessions.launch(actor, { profile });
    const row = await store.get(id);
    if (row === null) return refuse("The session is gone.", "Connect again.");
    const entry = await toEntry(row, options);
    return entry.kind === "waiting" ? { ...entry, line: `Started ${launched?.title ?? profile} for you. ${entry.line}` } : entry;
  } catch (error) {
    // Two connections at once: the other was first.
    const row = error instanceof AppError && error.code === "conflict" ? await find(actor, null, options) : null;
    if (row === null) throw error;
    return toEntry(row, options);
  }
}

async function toEntry(row: SessionRow, options: EntryOptions): Promise<DoorEntry> {
  const cluster = options.clusters.get(row.cluster);
  const names = { sessionId: row.id, sessionName: row.name };
  const { line, next, label, waiting } = options.view(row);
  if (row.state === "ended" || row.state === "stopping") return refuse(`The session is not running: ${line}`, next);
  if (cluster === undefined) return refuse(line, next);
  if (!cluster.config.ssh_into_sessions) return refuse(`Sessions on ${cluster.title} do not take SSH.`, "Open it in the portal.");
  if (row.state !== "ready" && row.state !== "unreachable") {
    const place = waiting === null ? null : describePlace(waiting);
    return { kind: "waiting", ...names, line: [`${label}:`, line, place === null ? "" : `${place}.`].filter(Boolean).join(" ") };
  }
  const target = toDoorTarget(row, cluster, options);
  if (target === null) return enterByScheduler(row, cluster, names, options);
  await prepare(row, cluster, options);
  return { kind: "open", ...names, target };
}

/** There is no sshd on its node: the scheduler can start what is wanted inside the job, from the login node. */
async function enterByScheduler(
  row: SessionRow,
  cluster: Cluster,
  names: { readonly sessionId: string; readonly sessionName: string },
  { now, streams, log }: EntryOptions,
): Promise<DoorEntry> {
  if (now() - (row.readyAt ?? 0) < SSHD_PATIENCE_MS) return { kind: "waiting", ...names, line: "It runs; its SSH service is starting." };
  const jobId = row.jobId ?? row.enrolledJob;
  if (!takesStreams(cluster) || jobId === null) {
    return refuse("This session does not take SSH: there is no sshd on its node.", "Open it in the portal.");
  }
  try {
    const place = { verb: "job", jobId, jobName: row.jobName } as const;
    return { kind: "open", ...names, target: await openStreamTarget(place, row.user, cluster, streams) };
  } catch (error) {
    log.warn({ session: row.id, err: error }, "the way into a job could not be opened");
    return { kind: "waiting", ...names, line: `${cluster.title} does not answer now. Trying again.` };
  }
}

/** A login node that does not answer now: the door finds nobody at the end of the way, and asks again. */
async function prepare(row: SessionRow, cluster: Cluster, options: EntryOptions): Promise<void> {
  try {
    await options.prepare(row, cluster);
  } catch (error) {
    options.log.warn({ session: row.id, err: error }, "the way to a session's sshd could not be made ready");
  }
}
