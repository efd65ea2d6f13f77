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
  /** It did not answer. */
  readonly onError: (error: unknown, session: string) => void;
}

/** As hub/share/apps/jupyterlab/config/fairway_time_left.py has registered it. */
const SCHEMA = { schema_id: "urn:fairway:event:time-left", version: "1" };

/** Tells without keeping anybody waiting. Owns what is under way. */
export class AppTeller {
  readonly #options: TellOptions;
  readonly #ending = new AbortController();
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: TellOptions) {
    this.#options = options;
  }

  tell(row: SessionRow, news: EndNews): void {
    const work = this.#tell(row, news)
      .catch((error: unknown) => this.#options.onError(error, row.id))
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async close(): Promise<void> {
    this.#ending.abort(new Error("the hub ends"));
    await Promise.all(this.#underWay);
  }

  /** An app that knows no such event says so with a status, and that is all right. */
  async #tell(row: SessionRow, news: EndNews): Promise<void> {
    const { apps, clusters, asker } = this.#options;
    const cluster = clusters.get(row.cluster);
    if (cluster === undefined || apps.get(row.app)?.activity !== "jupyter") return;
    const data = { message: "", save: news.isToSave, ...(news.isForPeople ? { endsAt: news.endsAt } : {}) };
    await asker.ask(row, cluster, "api/events", this.#ending.signal, { ...SCHEMA, data });
  }
}
