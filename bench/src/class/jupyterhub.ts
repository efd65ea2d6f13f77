// The class through JupyterHub: until it answers 201, or, where that takes longer, its progress says ready.
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { call, readEvents } from "../http.ts";
import type { RushPlan } from "./plan.ts";
import { Refused, type Way } from "./way.ts";

const Progress = z.object({ ready: z.boolean().optional(), failed: z.boolean().optional(), message: z.string().optional() });
const User = z.object({ servers: z.record(z.string(), z.unknown()) });

export function createJupyterHub({ api, token }: RushPlan["way"] & { name: "jupyterhub" }): Way {
  const server = (user: string) => `${api}users/${user}/server`;
  return {
    prepare: async () => {},
    async press(user, signal) {
      const answer = await call({ method: "POST", url: server(user), token, signal });
      if (answer.status === 201) return;
      if (answer.status !== 202) throw new Refused(`${answer.status}: ${answer.text}`);
      await waitUntilReady(`${server(user)}/progress`, token, signal);
    },
    look: async (user, signal) => void (await call({ method: "GET", url: `${api}users/${user}`, token, signal }, 200)),
    async stopAll(users, signal) {
      await Promise.all(
        users.map(async (user) => {
          await call({ method: "DELETE", url: server(user), token, signal }, 202, 204, 400);
          while (Object.keys(await listServers(`${api}users/${user}`, token, signal)).length > 0) await sleep(200, undefined, { signal });
        }),
      );
    },
  };
}

async function listServers(url: string, token: string, signal: AbortSignal): Promise<Record<string, unknown>> {
  return User.parse(JSON.parse((await call({ method: "GET", url, token, signal }, 200)).text)).servers;
}

async function waitUntilReady(url: string, token: string, signal: AbortSignal): Promise<void> {
  for await (const data of readEvents({ url, token, signal })) {
    const { ready, failed, message } = Progress.parse(data);
    if (ready === true) return;
    if (failed === true) throw new Error(`JupyterHub's server failed: ${message ?? "it does not say why"}`);
  }
  throw new Error("JupyterHub's progress ended before its server was ready.");
}
