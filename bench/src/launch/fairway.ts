// A launch through Fairway: from POST /api/v1/sessions until its own events say ready.
import { SessionEvent } from "@fairway/contract/api.ts";
import { Session } from "@fairway/contract/sessions.ts";
import { call, readEvents } from "../http.ts";
import type { Launched, Launcher } from "./launcher.ts";
import type { LaunchPlan } from "./plan.ts";

export function createFairway({ url, token, profile }: LaunchPlan["fairway"]): Launcher {
  const sessions = `${url}api/v1/sessions`;
  return {
    name: "fairway",
    async launch(mark, signal): Promise<Launched> {
      const answer = await call({ method: "POST", url: sessions, token, body: { profile }, signal }, 201);
      const session = Session.parse(JSON.parse(answer.text));
      mark("accepted");
      const own = `${sessions}/${session.id}`;
      await waitUntilReady(own, token, mark, signal);
      return {
        verify: async () => void (await call({ method: "GET", url: `${new URL(session.url, url).href}api/status`, token, signal }, 200)),
        stop: async () => {
          await call({ method: "DELETE", url: own, token, signal }, 202);
          await waitUntilEnded(own, token, signal);
        },
      };
    },
  };
}

async function waitUntilReady(own: string, token: string, mark: (what: string) => void, signal: AbortSignal): Promise<void> {
  let last = "";
  for await (const session of readStates(own, token, signal)) {
    if (session.state !== last) mark(session.state);
    last = session.state;
    if (session.state === "ready") return;
    if (session.state === "ended") throw new Error(`Fairway's session ended before it was ready: ${session.line} ${session.detail ?? ""}`);
  }
  throw new Error(`Fairway's events ended while the session was "${last}".`);
}

async function waitUntilEnded(own: string, token: string, signal: AbortSignal): Promise<void> {
  for await (const session of readStates(own, token, signal)) if (session.state === "ended") return;
  throw new Error("Fairway's events ended before the session did.");
}

async function* readStates(own: string, token: string, signal: AbortSignal): AsyncGenerator<Session> {
  for await (const data of readEvents({ url: `${own}/events`, token, signal })) {
    const event = SessionEvent.parse(data);
    if (event.kind === "session") yield event.session;
  }
}
