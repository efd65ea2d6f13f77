/** The sessions themselves. */
import type { SessionEvent } from "@fairway/contract/api.ts";
import { AppError } from "@fairway/contract/errors.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import type { Actor } from "../../sessions/types.ts";
import type { HttpContext } from "../context.ts";
import type { Handlers } from "../operations.ts";

/** How much a new stream of events is told of the present. */
const SNAPSHOT = { open: 200, ended: 20 };

export function sessionHandlers({
  sessions,
  lifetimes,
  offers,
  clock,
  streams,
}: HttpContext): Pick<
  Handlers,
  "listSessions" | "launch" | "session" | "stop" | "relaunch" | "extend" | "keep" | "log" | "logEvents" | "sessionEvents" | "events"
> {
  const listPresent = async (actor: Actor): Promise<SessionEvent[]> => {
    const ended = await sessions.list(actor, { show: "ended", limit: SNAPSHOT.ended });
    const open = await sessions.list(actor, { show: "open", limit: SNAPSHOT.open });
    return [...[...ended, ...open].map(toEvent), { kind: "clusters", clusters: [...offers.clusters()] }];
  };
  return {
    listSessions: async ({ actor, query }) => ({ sessions: [...(await sessions.list(actor, query))], now: clock.now() }),
    launch: ({ actor, body }) => sessions.launch(actor, body),
    session: ({ actor, params }) => sessions.get(actor, params.id),
    stop: ({ actor, params }) => sessions.stop(actor, params.id),
    relaunch: ({ actor, params }) => sessions.relaunch(actor, params.id),
    extend: ({ actor, params, body }) => lifetimes.extend(actor, params.id, body.seconds),
    keep: ({ actor, params }) => lifetimes.keep(actor, params.id),
    async logEvents({ actor, params }) {
      await sessions.get(actor, params.id);
      throw new AppError("not_found", "This is not built yet.");
    },
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
