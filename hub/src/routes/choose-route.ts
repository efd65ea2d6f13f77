/**
 * By which route a run of a session is reached, decided at its enrolment. What the site has fixed is never
 * overridden. Else what worked for the same cluster and partition lately; else what a trial finds, in this order:
 * direct (nothing in between), ssh, tunnel. Forty who enrol at once cause one trial.
 */
import type { RouteKind } from "@fairway/contract/routes.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { RouteStore } from "../store/routes.ts";
import type { SessionRow } from "../store/schema.ts";
import { describeReports, NODE_UNKNOWN, type RouteReport, TRY_MS, toTunnelReport, tryRoutes } from "./try-routes.ts";

export interface RouteChoice {
  readonly route: RouteKind;
  /** For whoever looks at the session while it starts; null: nothing is to be said. */
  readonly detail: string | null;
}

/** What the job has said of itself. */
export interface RouteClaim {
  readonly host: string;
  readonly port: number;
  readonly hasSsh: boolean;
}

export interface RouteChooserOptions {
  readonly store: RouteStore;
  readonly hasDoor: boolean;
  readonly now: () => number;
  /** What was found out, and what broke. */
  readonly onNote: (note: string, about: { cluster: string; partition: string; route: RouteKind; detail: string }) => void;
  readonly tryMs?: number;
}

/** So long what was found counts without being tried again. */
const REMEMBER_MS = 24 * 3_600_000;
/** A route on which sessions were not reached is passed over for so long, whatever a trial says of it. */
const AVOID_MS = 15 * 60_000;

type RoutedRow = Pick<SessionRow, "id" | "resources" | "job">;

export class RouteChooser {
  readonly #options: RouteChooserOptions;
  readonly #trials = new Map<string, Promise<readonly RouteReport[]>>();
  /** By cluster, partition and route: when it broke. */
  readonly #broken = new Map<string, number>();

  /** By session: what an operator wants to see tried. */
  readonly #forced = new Map<string, RouteKind>();
  readonly #ending = new AbortController();

  constructor(options: RouteChooserOptions) {
    this.#options = options;
  }

  async choose(row: RoutedRow, cluster: Cluster, claim: RouteClaim): Promise<RouteChoice> {
    const forced = this.#forced.get(row.id);
    if (forced !== undefined) return { route: forced, detail: null };
    const possible = this.#possible(cluster, claim);
    const [only] = possible;
    if (only !== undefined && possible.length === 1) return { route: only, detail: null };
    const partition = partitionOf(row);
    const known = await this.#remembered(cluster.name, partition);
    if (known !== null && possible.includes(known)) return { route: known, detail: null };
    const reports = [...(await this.#tryOnce(row, cluster, claim)), ...this.#reportTunnel(claim)].map((report) =>
      this.#hasBroken(cluster.name, partition, report.route)
        ? { ...report, ok: false, detail: "sessions were not reached this way lately" }
        : report,
    );
    return this.#pick(reports, possible, cluster.name, partition);
  }

  /** For this one session whatever is fixed or found; null: no more. Forgotten with the hub, which ends its probes. */
  force(id: string, route: RouteKind | null): void {
    if (route === null) this.#forced.delete(id);
    else this.#forced.set(id, route);
  }

  /** Sessions that should be reached so are not: the next one finds out anew. */
  async forget(cluster: Cluster, partition: string, route: RouteKind, why: string): Promise<void> {
    const found = await this.#options.store.of(cluster.name, partition);
    if (cluster.config.route !== "auto" || found?.route !== route) return;
    this.#broken.set(keyOf(cluster.name, partition, route), this.#options.now());
    await this.#options.store.forget(cluster.name, partition, route);
    this.#options.onNote("a route does not work any more, and is tried anew", { cluster: cluster.name, partition, route, detail: why });
  }

  /** Ends the trials under way. */
  async close(): Promise<void> {
    this.#ending.abort(new Error("the hub ends"));
    await Promise.all(this.#trials.values());
  }

  #possible({ config, transport }: Cluster, { hasSsh }: RouteClaim): RouteKind[] {
    if (config.scheduler === "local") return ["direct"];
    if (config.route !== "auto") return [config.route];
    return [
      "direct",
      ...(transport.forwards === null ? [] : (["ssh"] as const)),
      ...(this.#options.hasDoor && hasSsh ? (["tunnel"] as const) : []),
    ];
  }

  async #remembered(cluster: string, partition: string): Promise<RouteKind | null> {
    const found = await this.#options.store.of(cluster, partition);
    return found !== null && this.#options.now() - found.foundAt < REMEMBER_MS ? found.route : null;
  }

  #tryOnce(row: RoutedRow, cluster: Cluster, claim: RouteClaim): Promise<readonly RouteReport[]> {
    const key = keyOf(cluster.name, partitionOf(row));
    const underWay = this.#trials.get(key);
    if (underWay !== undefined) return underWay;
    const node = row.job?.node ?? null;
    const { config, transport } = cluster;
    // Without a pinned key the job's word for its node is not taken, here as little as later.
    const target = { host: config.pinned_tls ? claim.host : node, port: claim.port, node, forwards: transport.forwards };
    const trial = tryRoutes(target, this.#options.tryMs ?? TRY_MS, this.#ending.signal).finally(() => this.#trials.delete(key));
    this.#trials.set(key, trial);
    return trial;
  }

  #reportTunnel({ hasSsh }: RouteClaim): RouteReport[] {
    return [toTunnelReport({ hasDoor: this.#options.hasDoor, hasSsh })];
  }

  async #pick(reports: readonly RouteReport[], possible: readonly RouteKind[], cluster: string, partition: string): Promise<RouteChoice> {
    const detail = describeReports(reports);
    const found = reports.find(({ ok, route }) => ok && possible.includes(route));
    if (found === undefined) {
      // The job cannot be asked again later: what may yet come to work without it. Not remembered.
      const route = (["tunnel", "ssh"] as const).find((each) => possible.includes(each)) ?? "direct";
      return { route, detail: `No way to its node was found (${detail}).` };
    }
    // On the word of a job whose node the cluster has not named yet nothing is decided for others.
    if (reports.some(({ detail: each }) => each === NODE_UNKNOWN)) return { route: found.route, detail: null };
    await this.#options.store.remember({ cluster, partition, route: found.route, foundAt: this.#options.now(), detail });
    this.#options.onNote("a route was found", { cluster, partition, route: found.route, detail });
    return { route: found.route, detail: null };
  }

  #hasBroken(cluster: string, partition: string, route: RouteKind): boolean {
    const at = this.#broken.get(keyOf(cluster, partition, route));
    return at !== undefined && this.#options.now() - at < AVOID_MS;
  }
}

/** "": Slurm's default one. */
export const partitionOf = ({ resources }: Pick<SessionRow, "resources">) => resources.partition ?? "";

const keyOf = (...parts: readonly string[]) => parts.join("\0");
