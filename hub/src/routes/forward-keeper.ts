/**
 * Keeps the forwards on the login nodes' connections that sessions of route `ssh` are reached by: there before
 * anybody comes, gone when the run is. It keeps nothing on disk: which are wanted is told by the open rows, their
 * paths by the sessions' ids. A login node that does not answer is no end of a session.
 */
import { isIP } from "node:net";
import type { Cluster } from "../clusters/cluster.ts";
import type { SessionChanges } from "../sessions/changes.ts";
import { isSpecial, NotANode } from "../sessions/node-address.ts";
import { hostOf, routeOf } from "../sessions/upstream.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import type { Forwards } from "../transports/types.ts";
import { toSshdForward } from "./tunnel-paths.ts";

export interface ForwardKeeperOptions {
  readonly store: Pick<SessionStore, "get" | "openOfCluster">;
  readonly changes: SessionChanges;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly onError: (error: unknown, session: string | null) => void;
}

/** By forward id. */
type Targets = readonly (readonly [string, { readonly host: string; readonly port: number }])[];

export class ForwardKeeper {
  readonly #options: ForwardKeeperOptions;
  /** By session: HOST:PORT by forward id, of those that we have seen to ourselves. An earlier hub's may be there besides. */
  readonly #kept = new Map<string, Map<string, string>>();
  /** What an earlier hub left has been looked through: until then a new forward could be taken for one of those. */
  readonly #tidied = Promise.withResolvers<void>();

  constructor(options: ForwardKeeperOptions) {
    this.#options = options;
  }

  /** Until aborted. What an earlier hub left for sessions that are over is removed first. */
  async run(signal: AbortSignal): Promise<void> {
    const removing = new Set<Promise<void>>();
    const stop = this.#options.changes.onChange(({ row }) => {
      const forwards = this.#options.clusters.get(row.cluster)?.transport.forwards ?? null;
      if (forwards === null || this.#isWanted(row)) return;
      const work = this.#remove(row.id, forwards).finally(() => removing.delete(work));
      removing.add(work);
    });
    try {
      await Promise.all([...this.#options.clusters.values()].map((cluster) => this.#tidy(cluster)));
      this.#tidied.resolve();
      if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    } finally {
      this.#tidied.resolve();
      stop();
      await Promise.all(removing);
    }
  }

  /** Are all forwards of this run there, as far as we know? True for other routes, which need none. */
  isKept(row: SessionRow, cluster: Cluster): boolean {
    const kept = this.#kept.get(row.id);
    return this.#targetsOf(row, cluster).every(([id, { host, port }]) => kept?.get(id) === `${host}:${port}`);
  }

  /**
   * The forwards of this run, to its app and to its sshd; nothing for other routes. `anew`: also where they were
   * there, since nobody answered through them. @throws when the login node cannot be reached; NotANode
   */
  async ensure(row: SessionRow, cluster: Cluster, { anew }: { anew: boolean }): Promise<void> {
    const { forwards } = cluster.transport;
    const wanted = this.#targetsOf(row, cluster);
    if (forwards === null || wanted.length === 0) return;
    await this.#tidied.promise;
    if (!anew && this.isKept(row, cluster)) return;
    try {
      await this.#ensureEach(row, wanted, forwards, anew);
    } finally {
      // It may have ended in the meantime, or had before: whoever removed its forwards came too early for these.
      const now = await this.#options.store.get(row.id);
      if (now === null || !this.#isWanted(now)) await this.#remove(row.id, forwards);
    }
  }

  async #ensureEach(row: SessionRow, wanted: Targets, forwards: Forwards, anew: boolean): Promise<void> {
    const kept = new Map(this.#kept.get(row.id));
    this.#kept.set(row.id, kept);
    for (const [id, target] of wanted) {
      try {
        ensureNode(target.host, row.job?.node ?? null);
        const [known, now] = [kept.get(id), `${target.host}:${target.port}`];
        if (known !== undefined && known !== now) await forwards.remove(id);
        if (anew || known !== now) await forwards.ensure(id, target);
        kept.set(id, now);
      } catch (error) {
        // Without a way to its sshd a session is still a session.
        if (id === row.id) throw error;
        this.#options.onError(error, row.id);
      }
    }
  }

  #targetsOf(row: SessionRow, cluster: Cluster): Targets {
    const host = hostOf(row, cluster);
    if (host === null || !this.#isWanted(row) || routeOf(row, cluster) !== "ssh") return [];
    const ports = [
      [row.id, row.port],
      [toSshdForward(row.id), row.sshdPort],
    ] as const;
    return ports.flatMap(([id, port]) => (port === null ? [] : [[id, { host, port }] as const]));
  }

  #isWanted(row: SessionRow): boolean {
    return row.state !== "ended" && row.enrolledAt !== null && row.route === "ssh";
  }

  /** Also those that we know nothing of: of an earlier hub, or wanted while the login node was away. */
  async #remove(session: string, forwards: Forwards): Promise<void> {
    this.#kept.delete(session);
    const remove = (id: string) => forwards.remove(id).catch((error: unknown) => this.#options.onError(error, session));
    await Promise.all([session, toSshdForward(session)].map(remove));
  }

  async #tidy(cluster: Cluster): Promise<void> {
    const { forwards } = cluster.transport;
    if (forwards === null) return;
    try {
      const rows = await this.#options.store.openOfCluster(cluster.name);
      const ids = rows.filter((row) => this.#isWanted(row)).flatMap(({ id }) => [id, toSshdForward(id)]);
      await forwards.keepOnly(new Set(ids));
    } catch (error) {
      // What is left over leads nowhere, and is removed at the next start.
      this.#options.onError(error, null);
    }
  }
}

/**
 * A job's word must not lead to what listens on the login node's loopback. Names are looked up there, so only what is
 * plainly none is refused; `node`: what the cluster itself calls it.
 */
function ensureNode(host: string, node: string | null): void {
  const isNone = isIP(host) === 0 ? /^(localhost(\..*)?|[0-9.]+)$/i.test(host) : isSpecial(host);
  if (isNone && host !== node) throw new NotANode(`${host} is not the address of a node`);
}
