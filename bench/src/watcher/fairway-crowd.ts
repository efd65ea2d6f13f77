// A crowd through Fairway, each person with a token of their own.
import { type Session, SessionList } from "@fairway/contract/sessions.ts";
import { type FairwaySite, makeToken } from "../fairway/site.ts";
import { call } from "../http.ts";
import type { Crowd, Slot } from "./crowd.ts";

export async function createFairwayCrowd(
  site: FairwaySite,
  profile: string,
  users: readonly string[],
  signal: AbortSignal,
): Promise<Crowd> {
  const tokens = new Map<string, string>();
  for (const user of users) tokens.set(user, await makeToken(site, user, signal));
  const sessions = `${site.url}api/v1/sessions`;
  const of = (user: string) => ({ token: tokens.get(user) ?? "" });

  const listOpen = async (user: string, within: AbortSignal): Promise<Session[]> => {
    const answer = await call({ method: "GET", url: `${sessions}?show=open&limit=200`, ...of(user), signal: within }, 200);
    return SessionList.parse(JSON.parse(answer.text)).sessions;
  };
  return {
    async launch({ user, name }, within) {
      await call({ method: "POST", url: sessions, ...of(user), body: { profile, name }, signal: within }, 201);
    },
    async stop({ user, name }, within) {
      const session = (await listOpen(user, within)).find((one) => one.name === name);
      if (session === undefined) throw new Error(`${user}'s session ${name} is not open any more.`);
      await call({ method: "DELETE", url: `${sessions}/${session.id}`, ...of(user), signal: within }, 202);
    },
    async listReady(within) {
      const all = await Promise.all(users.map((user) => listOpen(user, within)));
      const ready = all.flat().filter(({ state }) => state === "ready");
      return ready.toSorted((a, b) => a.stateSince - b.stateSince).map(({ user, name }): Slot => ({ user, name }));
    },
  };
}
