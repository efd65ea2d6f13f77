// A crowd through JupyterHub: named servers, by an administrator's token.
import { z } from "zod";
import { call } from "../http.ts";
import type { JupyterHubSite } from "../jupyterhub/site.ts";
import type { Crowd, Slot } from "./crowd.ts";

const Server = z.object({ ready: z.boolean(), started: z.string().nullable() });
const Users = z.array(z.object({ name: z.string(), servers: z.record(z.string(), Server) }));

export function createJupyterHubCrowd({ api, token }: JupyterHubSite): Crowd {
  const at = ({ user, name }: Slot) => `${api}users/${user}/servers/${name}`;
  return {
    async launch(slot, signal) {
      await call({ method: "POST", url: at(slot), token, signal }, 201, 202);
    },
    async stop(slot, signal) {
      await call({ method: "DELETE", url: at(slot), token, signal }, 202, 204);
    },
    async listReady(signal) {
      const answer = await call({ method: "GET", url: `${api}users?state=active`, token, signal }, 200);
      const ready = Users.parse(JSON.parse(answer.text)).flatMap(({ name: user, servers }) =>
        Object.entries(servers).flatMap(([name, server]) => (server.ready ? [{ user, name, started: server.started ?? "" }] : [])),
      );
      return ready.toSorted((a, b) => a.started.localeCompare(b.started)).map(({ user, name }) => ({ user, name }));
    },
  };
}
