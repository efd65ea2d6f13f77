/**
 * What an app says of its own use. JupyterLab tells when something last happened in it (a request of
 * a page somebody looks at, a cell, a terminal's output) and whether a kernel computes; of others we
 * know at most what passes through edge and door. What passes through the door alone stands in the row,
 * and counts for each (idle.ts): no app knows of it.
 */
import { z } from "zod";
import type { Cluster } from "../clusters/cluster.ts";
import type { SessionRow } from "../store/schema.ts";
import type { AppAsker } from "./app-asker.ts";
import type { App } from "./apps.ts";
import type { Activity } from "./idle.ts";

export interface ActivityOptions {
  readonly apps: ReadonlyMap<string, App>;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly asker: AppAsker;
  readonly now: () => number;
  /** Since when we hear of traffic: what passed while we were away is told a little later. */
  readonly startedAt: number;
  /** Sessions can be used by a way that their apps know nothing of. */
  readonly hasDoor: boolean;
}

/** Edges and door tell of traffic twice a minute (their limits.ts). */
const TRAFFIC_LAG_MS = 60_000;

const Moment = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const Status = z.object({ last_activity: Moment });
const Kernels = z.array(z.object({ execution_state: z.string().nullish(), last_activity: Moment }));
const Terminals = z.array(z.object({ last_activity: Moment }));
/** Our own questions are no use of it. */
const UNTRACKED = "?no_track_activity=1";
const UNKNOWN: Activity = { kind: "unknown" };

/** Never throws. */
export async function askActivity(row: SessionRow, options: ActivityOptions, signal: AbortSignal): Promise<Activity> {
  const cluster = options.clusters.get(row.cluster);
  const app = options.apps.get(row.app);
  if (cluster === undefined || app === undefined) return UNKNOWN;
  switch (app.activity) {
    case null:
      return UNKNOWN;
    case "traffic":
      return knowTraffic(row, options);
    case "jupyter":
      try {
        return await askJupyter(row, cluster, options, signal);
      } catch {
        // Whatever kept it from answering says nothing of its use.
        return UNKNOWN;
      }
  }
}

/** Up to which moment all traffic has been told of; null: not since we came back. */
function trafficKnownUntil({ now, startedAt }: ActivityOptions): number | null {
  const knownUntil = now() - TRAFFIC_LAG_MS;
  return knownUntil < startedAt ? null : knownUntil;
}

function knowTraffic(row: SessionRow, options: ActivityOptions): Activity {
  const knownUntil = trafficKnownUntil(options);
  if (knownUntil === null) return UNKNOWN;
  return { kind: "last", at: row.lastActivityAt ?? row.readyAt ?? row.createdAt, knownUntil };
}

async function askJupyter(row: SessionRow, cluster: Cluster, options: ActivityOptions, signal: AbortSignal): Promise<Activity> {
  const { asker, now, hasDoor } = options;
  if (hasDoor && trafficKnownUntil(options) === null) return UNKNOWN;
  const ask = (path: string) => asker.ask(row, cluster, `${path}${UNTRACKED}`, signal);
  const status = await ask("api/status");
  const kernels = Kernels.parse((await ask("api/kernels")).json);
  // "starting" may last long; "dead" and "unknown" compute nothing.
  if (kernels.some((kernel) => ["busy", "starting", "restarting"].includes(kernel.execution_state ?? ""))) return { kind: "busy" };
  const terminals = await ask("api/terminals");
  // Terminals can be switched off: 404.
  const ofTerminals = terminals.status === 404 ? [] : Terminals.parse(terminals.json);
  const last = [Status.parse(status.json), ...kernels, ...ofTerminals].map((each) => each.last_activity);
  // By its own clock: only how long ago it was, by that clock, means the same here.
  const at = now() - Math.max(0, status.serverTime - Math.max(...last));
  return { kind: "last", at, knownUntil: (hasDoor ? trafficKnownUntil(options) : null) ?? now() };
}
