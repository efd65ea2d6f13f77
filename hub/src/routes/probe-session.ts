/**
 * One short session that an operator starts to find out how a cluster is reached: as a person whom they name, of
 * the app that does nothing. It goes the whole way of any other session, and is stopped when it has told.
 */
import type { RouteKind } from "@fairway/contract/routes.ts";
import type { SessionChanges } from "../sessions/changes.ts";
import { newIdentity } from "../sessions/new-session.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import type { RouteChooser } from "./choose-route.ts";

export interface ProbeSessionOptions {
  readonly store: SessionStore;
  readonly changes: SessionChanges;
  readonly chooser: Pick<RouteChooser, "force">;
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
  try {
    onState(last);
    for await (const next of followProbe(row.id, options, signal)) {
      if (next.state !== last.state) onState(next);
      last = next;
      if (last.state === "ready" || last.state === "ended") break;
    }
    signal.throwIfAborted();
    return last;
  } catch (error) {
    await stopProbe(row.id, options);
    throw error;
  }
}

/** The row as it is, and again after each change; until aborted. */
export async function* followProbe(
  id: string,
  { store, changes }: Pick<ProbeSessionOptions, "store" | "changes">,
  signal: AbortSignal,
): AsyncGenerator<SessionRow> {
  const watch = changes.watch(id);
  try {
    while (!signal.aborted) {
      const row = watch.take() ?? (await store.get(id));
      if (row === null) return;
      yield row;
      await watch.wait(Number.POSITIVE_INFINITY, signal);
    }
  } finally {
    watch.close();
  }
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
