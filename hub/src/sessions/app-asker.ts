/** Asks a running app something over HTTP, as its owner's browser would through the edge: pinned key, the session's secret. */
import { toSessionPath } from "@fairway/contract/names.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { SessionRow } from "../store/schema.ts";
import { type App, toInjectedHeader } from "./apps.ts";
import { type Answer, askOnce } from "./probe.ts";
import { toUpstream, type UpstreamContext } from "./upstream.ts";

export interface AppAnswer {
  readonly status: number;
  /** Null when it is no JSON. */
  readonly json: unknown;
  /** What the app's clock said (epoch ms, whole seconds); ours where it did not tell. */
  readonly serverTime: number;
}

export interface AppAsker {
  /**
   * `body` is posted as JSON; without it, the question is a GET.
   * @throws when it does not answer, or is not the session's app
   */
  ask(row: SessionRow, cluster: Cluster, path: string, signal: AbortSignal, body?: unknown): Promise<AppAnswer>;
}

export interface AppAskerOptions extends UpstreamContext {
  readonly apps: ReadonlyMap<string, App>;
  readonly baseUrl: string;
  readonly now: () => number;
}

const TIMEOUT_MS = 10_000;

export function createAppAsker({ apps, baseUrl, now, masterKey, runtimeDir }: AppAskerOptions): AppAsker {
  return {
    async ask(row, cluster, path, signal, body) {
      const app = apps.get(row.app);
      const upstream = toUpstream(row, cluster, { masterKey, runtimeDir });
      if (app === undefined || upstream === null) throw new Error(`it is not known where session ${row.id} answers`);
      const { secret, ...where } = upstream;
      const target = {
        ...where,
        path: `${baseUrl.slice(0, -1)}${toSessionPath(row.user, row.name)}${path}`,
        header: toInjectedHeader(app, secret),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      const answer: Answer = await askOnce(target, TIMEOUT_MS, signal);
      return { status: answer.status, json: toJson(answer.body), serverTime: answer.date ?? now() };
    },
  };
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
