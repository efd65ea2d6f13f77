// The class through Fairway: each presses in the portal, which listens to its events.
import { setTimeout as sleep } from "node:timers/promises";
import { SessionEvent } from "@fairway/contract/api.ts";
import { SessionList } from "@fairway/contract/sessions.ts";
import { call, readEvents } from "../http.ts";
import type { RushPlan } from "./plan.ts";
import { Refused, type Way } from "./way.ts";

export function createFairway({ url, profile, tokens }: RushPlan["way"] & { name: "fairway" }): Way {
  const sessions = `${url}api/v1/sessions`;
  const of = (user: string, signal: AbortSignal) => ({ token: tokens[user] ?? "", signal });
  return {
    prepare: async () => {},
    async press(user, signal) {
      const ready = waitUntilReady(`${url}api/v1/events`, of(user, signal));
      ready.catch(() => {}); // a refusal is told below; nobody waits for this then
      const answer = await call({ method: "POST", url: sessions, body: { profile }, ...of(user, signal) }).catch((cause: unknown) => {
        throw new Refused(String(cause), { cause });
      });
      if (answer.status !== 201) throw new Refused(`${answer.status}: ${answer.text}`);
      await ready;
    },
    look: async (user, signal) => void (await call({ method: "GET", url: sessions, ...of(user, signal) }, 200)),
    async stopAll(users, signal) {
      await Promise.all(
        users.map(async (user) => {
          const listOpen = async () => {
            const open = await call({ method: "GET", url: `${sessions}?show=open`, ...of(user, signal) }, 200);
            return SessionList.parse(JSON.parse(open.text)).sessions;
          };
          for (const { id } of await listOpen()) await call({ method: "DELETE", url: `${sessions}/${id}`, ...of(user, signal) }, 202);
          // Its name is free for the next rush when Fairway has heard that the job is gone.
          while ((await listOpen()).length > 0) await sleep(500, undefined, { signal });
        }),
      );
    },
  };
}

async function waitUntilReady(url: string, who: { token: string; signal: AbortSignal }): Promise<void> {
  for await (const data of readEvents({ url, ...who })) {
    const event = SessionEvent.parse(data);
    if (event.kind !== "session") continue;
    const { state, createdAt, line } = event.session;
    if (state === "ready") return;
    // Those of the rush before are told, too, when the stream begins.
    if (state === "ended" && Date.now() - createdAt < 1000) throw new Error(`It ended: ${line}`);
  }
  throw new Error("The events ended before the session was ready.");
}
