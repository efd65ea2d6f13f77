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
  readonly store: Pick<SessionStore, "openOfCluster">;
  readonly changes: SessionChanges;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly onError: (error: unknown, session: string | null) => void;
}

interface Wanted {
  readonly forwards: Forwards;
  /** By forward id: HOST:PORT. */
  readonly targets: ReadonlyMap<string, string>;
}

export class ForwardKeeper {
  readonly #options: ForwardKeeperOptions;
  /** By session. */
  readonly #kept = new Map<string, Wanted>();
  /** What an earlier hub left has been looked through: until then a new forward could be taken for one of those. */
  readonly #tidied = Promise.withResolvers<void>();

  constructor(options: ForwardKeeperOptions) {
    this.#options = options;
  }

  /** Until aborted. What an earlier hub left for sessions that are over is removed first. */
  async run(signal: AbortSignal): Promise<void> {
    const removing = new Set<Promise<void>>();
    const stop = this.#options.changes.onChange(({ row }) => {
      if (this.#isWanted(row) || !this.#kept.has(row.id)) return;
      const work = this.#remove(row.id).finally(() => removing.delete(work));
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
    const kept = this.#kept.get(row.id)?.targets;
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
    const targets = new Map(this.#kept.get(row.id)?.targets);
    this.#kept.set(row.id, { forwards, targets });
    for (const [id, target] of wanted) {
      try {
        ensureNode(target.host, row.job?.node ?? null);
        const [known, now] = [targets.get(id), `${target.host}:${target.port}`];
        if (known !== undefined && known !== now) await forwards.remove(id);
        if (anew || known !== now) await forwards.ensure(id, target);
        targets.set(id, now);
      } catch (error) {
        // Without a way to its sshd a session is still a session.
        if (id === row.id) throw error;
        this.#options.onError(error, row.id);
      }
      // It ended in the meantime: who removed its forwards did not know of this one.
      if (this.#kept.get(row.id)?.targets !== targets) await forwards.remove(id);
    }
  }

  #targetsOf(row: SessionRow, cluster: Cluster): (readonly [string, { host: string; port: number }])[] {
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

  async #remove(session: string): Promise<void> {
    const wanted = this.#kept.get(session);
    this.#kept.delete(session);
    for (const id of wanted?.targets.keys() ?? []) {
      await wanted?.forwards.remove(id).catch((error: unknown) => this.#options.onError(error, session));
    }
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
