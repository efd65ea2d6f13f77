/** The sessions themselves. */
import type { SessionEvent } from "@fairway/contract/api.ts";
import type { LogChunk, Session } from "@fairway/contract/sessions.ts";
import type { Actor } from "../../sessions/types.ts";
import type { HttpContext } from "../context.ts";
import type { Handlers } from "../operations.ts";

/** How much a new stream of events is told of the present. */
const SNAPSHOT = { open: 200, ended: 20 };

export function sessionHandlers({
  sessions,
  lifetimes,
  logs,
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
    async logEvents({ actor, params, query, reply }) {
      const listen = await logs.follow(actor, params.id, query.offset); // not theirs: an ordinary answer
      await streams.serve<LogChunk>(actor, reply, {
        subscribe: (tell, end) =>
          listen(async (chunk) => {
            await tell(chunk);
            if (chunk.state === "complete") end();
          }),
        snapshot: async () => [],
      });
    },
    log: ({ actor, params, query }) => logs.read(actor, params.id, query.offset),
    events: ({ actor, reply }) =>
      streams.serve(actor, reply, {
        subscribe: (tell) => sessions.subscribe(actor, null, (event) => void tell(event)),
        snapshot: () => listPresent(actor),
      }),
    async sessionEvents({ actor, params, reply }) {
      await sessions.get(actor, params.id); // not theirs: an ordinary answer, before anything is subscribed
      await streams.serve(actor, reply, {
        subscribe: (tell) => sessions.subscribe(actor, params.id, (event) => void tell(event)),
        snapshot: async () => [toEvent(await sessions.get(actor, params.id))],
      });
    },
  };
}

function toEvent(session: Session): SessionEvent {
  return { kind: "session", session };
}
