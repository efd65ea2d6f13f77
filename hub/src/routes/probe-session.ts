/**
 * One short session that an operator starts to find out how a cluster is reached: as a person whom they name, of
 * the app that does nothing. It goes the whole way of any other session, and is stopped when it has told.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { RouteKind } from "@fairway/contract/routes.ts";
import type { SessionChanges } from "../sessions/changes.ts";
import { newIdentity } from "../sessions/new-session.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import type { RouteChooser } from "./choose-route.ts";

export interface ProbeSessionOptions {
  readonly store: SessionStore;
  readonly changes: SessionChanges;
  readonly chooser: RouteChooser;
  readonly namePrefix: string;
  readonly now: () => number;
  readonly conduct: (id: string) => void;
}

export interface ProbeRequest {
  readonly cluster: string;
  readonly user: string;
  readonly partition: string | null;
  /** Null: as for anybody's session. */
  readonly route: RouteKind | null;
}

const TIME_LIMIT_SECONDS = 600;
const LOOK_EVERY_MS = 250;
const APP = "noop";

/**
 * Until it is ready or has ended; `onState` hears of each state. The caller stops it.
 * @throws when aborted, and SlotTaken when one of the same name is open
 */
export async function startProbe(
  request: ProbeRequest,
  options: ProbeSessionOptions,
  onState: (row: SessionRow) => void,
  signal: AbortSignal,
): Promise<SessionRow> {
  const { store, changes, chooser, namePrefix, now, conduct } = options;
  const identity = newIdentity(namePrefix, now());
  if (request.route !== null) chooser.force(identity.id, request.route);
  const row = await store.insert(toSession(request, identity), {
    at: identity.createdAt,
    event: "launched",
    detail: "a probe of the operator's",
  });
  changes.announce({ row, from: null });
  conduct(row.id);
  let last = row;
  onState(last);
  while (last.state !== "ready" && last.state !== "ended") {
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(async (error: unknown) => {
      await stopProbe(row.id, options);
      throw error;
    });
    const next = (await store.get(row.id)) ?? last;
    if (next.state !== last.state) onState(next);
    last = next;
  }
  return last;
}

export async function stopProbe(id: string, { changes, chooser, conduct }: ProbeSessionOptions): Promise<void> {
  chooser.force(id, null);
  await changes.apply(id, { kind: "stop-asked", reason: "stopped" });
  conduct(id);
}

function toSession({ cluster, user, partition, route }: ProbeRequest, identity: ReturnType<typeof newIdentity>) {
  return {
    ...identity,
    user,
    name: route === null ? "probe" : `probe-${route}`,
    app: APP,
    appTitle: "Probe",
    profile: null,
    profileTitle: null,
    cluster,
    options: {},
    resources: {
      cpus: 1,
      memoryBytes: null,
      gpus: null,
      timeLimitSeconds: TIME_LIMIT_SECONDS,
      partition,
      account: null,
      qos: null,
      reservation: null,
    },
    workingDirectory: null,
  };
}
