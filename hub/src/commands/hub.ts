/** `fairway hub`: the control plane as one process, on two Unix sockets. Ends cleanly on SIGTERM. */

import { loadConfig } from "../config/load.ts";
import { createContext } from "../context.ts";
import { createEdgeFeed } from "../edge-feed/server.ts";
import { createApp } from "../http/app.ts";
import { listenOnSocket } from "../http/listen.ts";
import { createLog } from "../http/log.ts";
import { version } from "../paths.ts";
import { feedSocketPath, hubSocketPath } from "./sockets.ts";

export async function runHub(file: string): Promise<void> {
  const config = loadConfig(file);
  const log = createLog(config.log_level);
  const context = await createContext({ config, log });
  const { identity, sessions, launches, lifetimes, logs, offers, sshAccess, deviceSignIns, groupsOf, routes, door, probe, shutOut } =
    context;
  const services = { identity, sessions, launches, lifetimes, logs, offers, sshAccess, deviceSignIns, groupsOf };
  const clock = { now: Date.now };
  const app = createApp({ ...services, site: describeSite(context), baseUrl: config.base_url, clock, log });
  const feed = createEdgeFeed({ identity, routes, door, clock, log, probe, shutOut });
  const ending = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => ending.abort(new Error(signal)));
  try {
    // The feed first: an edge that finds the hub's door open finds its knowledge there, too.
    await listenOnSocket(feed, feedSocketPath(config));
    await listenOnSocket(app, hubSocketPath(config));
    log.info({ version, clusters: [...context.clusters.keys()] }, "the hub is ready");
    await context.run(ending.signal);
  } finally {
    // Whatever ended it: a door without anybody behind it would look alive, and nobody would start it again.
    await Promise.all([app.close(), feed.close()]);
    await context.close();
  }
  log.info("the hub has ended");
}

function describeSite({ config, identity }: Awaited<ReturnType<typeof createContext>>) {
  const { site, demo, sign_in: signIn } = config;
  const demoUsers = demo ? Object.entries(signIn.demo_notes).map(([name, note]) => ({ name, note })) : [];
  return { name: site.name, accent: site.accent ?? null, version, demo, providers: [...identity.providers], demoUsers };
}
