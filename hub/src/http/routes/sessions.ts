/** What can be launched, where, and the sessions themselves. */
import type { SessionEvent } from "@fairway/contract/api.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import type { Actor } from "../../sessions/types.ts";
import type { HttpContext } from "../context.ts";
import type { Handlers } from "../operations.ts";

/** How much a new stream of events is told of the present. */
const SNAPSHOT = { open: 200, ended: 20 };

export function sessionHandlers({
  sessions,
  clock,
  streams,
}: HttpContext): Pick<
  Handlers,
  "profiles" | "clusters" | "listSessions" | "launch" | "session" | "stop" | "relaunch" | "log" | "sessionEvents" | "events"
> {
  const listPresent = async (actor: Actor): Promise<SessionEvent[]> => {
    const ended = await sessions.list(actor, { show: "ended", limit: SNAPSHOT.ended });
    const open = await sessions.list(actor, { show: "open", limit: SNAPSHOT.open });
    return [...[...ended, ...open].map(toEvent), { kind: "clusters", clusters: [...sessions.clusters()] }];
  };
  return {
    profiles: async ({ actor }) => ({ profiles: [...sessions.profiles(actor)] }),
    clusters: async () => ({ clusters: [...sessions.clusters()] }),
    listSessions: async ({ actor, query }) => ({ sessions: [...(await sessions.list(actor, query))], now: clock.now() }),
    launch: ({ actor, body }) => sessions.launch(actor, body),
    session: ({ actor, params }) => sessions.get(actor, params.id),
    stop: ({ actor, params }) => sessions.stop(actor, params.id),
    relaunch: ({ actor, params }) => sessions.relaunch(actor, params.id),
    log: ({ actor, params, query }) => sessions.readLog(actor, params.id, query.offset),
    events: ({ actor, reply }) =>
      streams.serve(actor, reply, {
        subscribe: (listener) => sessions.subscribe(actor, null, listener),
        snapshot: () => listPresent(actor),
      }),
    async sessionEvents({ actor, params, reply }) {
      await sessions.get(actor, params.id); // not theirs: an ordinary answer, before anything is subscribed
      await streams.serve(actor, reply, {
        subscribe: (listener) => sessions.subscribe(actor, params.id, listener),
        snapshot: async () => [toEvent(await sessions.get(actor, params.id))],
      });
    },
  };
}

function toEvent(session: Session): SessionEvent {
  return { kind: "session", session };
}
