/**
 * Tells a running app that its end is near, so that its pages say so and save. JupyterLab takes it as an
 * event of ours (hub/share/apps/jupyterlab); others have the portal's warnings and the job's signal.
 */
import type { Cluster } from "../clusters/cluster.ts";
import type { SessionRow } from "../store/schema.ts";
import type { AppAsker } from "./app-asker.ts";
import type { App } from "./apps.ts";

export interface EndNews {
  /** Epoch ms. */
  readonly endsAt: number;
  /** Shown to whoever looks; else only what must be done is done. */
  readonly isForPeople: boolean;
  /** What is unsaved is to be saved now. */
  readonly isToSave: boolean;
}

export interface TellOptions {
  readonly apps: ReadonlyMap<string, App>;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly asker: AppAsker;
}

/** As hub/share/apps/jupyterlab/config/fairway_time_left.py has registered it. */
const SCHEMA = { schema_id: "urn:fairway:event:time-left", version: "1" };

/** @throws when the app does not answer; one that knows no such event says so with a status, and that is all right */
export async function tellOfEnd(
  row: SessionRow,
  news: EndNews,
  { apps, clusters, asker }: TellOptions,
  signal: AbortSignal,
): Promise<void> {
  const cluster = clusters.get(row.cluster);
  if (cluster === undefined || apps.get(row.app)?.activity !== "jupyter") return;
  const data = { message: "", save: news.isToSave, ...(news.isForPeople ? { endsAt: news.endsAt } : {}) };
  await asker.ask(row, cluster, "api/events", signal, { ...SCHEMA, data });
}
