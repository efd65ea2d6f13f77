// A launch through JupyterHub: from POST …/server until it says ready, by its answer (it waits ten
// seconds before it says "pending") or else by its progress events: whichever is first.
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { call, readEvents } from "../http.ts";
import type { Launched, Launcher } from "./launcher.ts";

const Progress = z.object({ ready: z.boolean().optional(), failed: z.boolean().optional(), message: z.string().optional() });
const User = z.object({ servers: z.record(z.string(), z.unknown()) });
const LOOK_EVERY_MS = 200;

export interface JupyterHubUser {
  readonly url: string;
  readonly api: string;
  readonly token: string;
  readonly user: string;
}

export function createJupyterHub({ url, api, token, user }: JupyterHubUser): Launcher {
  const own = `${api}users/${user}/server`;
  return {
    name: "jupyterhub",
    async launch(mark, signal): Promise<Launched> {
      const answer = await call({ method: "POST", url: own, token, signal }, 201, 202);
      mark("answered");
      if (answer.status === 202) await waitUntilReady(own, token, signal);
      return {
        verify: async () => void (await call({ method: "GET", url: `${url}user/${user}/api/status`, token, signal }, 200)),
        stop: async () => {
          await call({ method: "DELETE", url: own, token, signal }, 202, 204);
          await waitUntilStopped(`${api}users/${user}`, token, signal);
        },
      };
    },
  };
}

async function waitUntilReady(own: string, token: string, signal: AbortSignal): Promise<void> {
  for await (const data of readEvents({ url: `${own}/progress`, token, signal })) {
    const { ready, failed, message } = Progress.parse(data);
    if (ready === true) return;
    if (failed === true) throw new Error(`JupyterHub's server failed: ${message ?? "it does not say why"}`);
  }
  throw new Error("JupyterHub's progress ended before its server was ready.");
}

async function waitUntilStopped(userUrl: string, token: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const answer = await call({ method: "GET", url: userUrl, token, signal }, 200);
    if (Object.keys(User.parse(JSON.parse(answer.text)).servers).length === 0) return;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}
