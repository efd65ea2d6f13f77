/**
 * Notices that a route which was found has stopped to lead to a partition's nodes, so that it is not taken for the
 * next session, too. One session that does not answer proves nothing: its app may hang, its node be gone. A way is
 * given up when it does not open at all, when an app that says that it listens is not reached, or when all that are
 * reached so are silent.
 */
import type { Cluster } from "../clusters/cluster.ts";
import type { SessionChanged, SessionChanges } from "../sessions/changes.ts";
import type { ProbeResult } from "../sessions/probe.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import { partitionOf, type RouteChooser } from "./choose-route.ts";

export interface RouteHealthOptions {
  readonly store: Pick<SessionStore, "openOfCluster">;
  readonly changes: Pick<SessionChanges, "onChange">;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly chooser: Pick<RouteChooser, "forget">;
  readonly now: () => number;
  readonly onError: (error: unknown, session: string) => void;
}

/** For so long it listens and nobody has come through, or there was nothing to come through. */
const IN_VAIN_MS = 30_000;
/** So long silent, while others are, too. */
const SILENT_MS = 60_000;
/** So long nothing new was seen of it: it begins anew. A probe may also end after its session has. */
const FORGET_MS = 3600_000;

interface Trouble {
  readonly since: number;
  readonly seenAt: number;
  /** Nothing at all came back, not even a refusal. */
  readonly isSilent: boolean;
  /** Since when its tunnel or its forward has not been there. */
  readonly shutSince: number | null;
}

export class RouteHealth {
  readonly #options: RouteHealthOptions;
  readonly #listening = new Map<string, number>();
  readonly #troubles = new Map<string, Trouble>();
  readonly #stop: () => void;

  constructor(options: RouteHealthOptions) {
    this.#options = options;
    this.#stop = options.changes.onChange((change) => this.#take(change));
  }

  close(): void {
    this.#stop();
  }

  /** The job has said that its app listens. */
  noteListening(session: string): void {
    if (!this.#listening.has(session)) this.#listening.set(session, this.#options.now());
  }

  noteProbe(row: SessionRow, cluster: Cluster, result: ProbeResult): void {
    if (result.ok) {
      this.#troubles.delete(row.id);
      return;
    }
    const now = this.#options.now();
    this.#forgetOld(now);
    const before = this.#troubles.get(row.id);
    const since = before?.since ?? now;
    const isShut = result.why === "no_way";
    const shutSince = isShut ? (before?.shutSince ?? now) : null;
    this.#troubles.delete(row.id); // a Map keeps insertion order: put it last
    this.#troubles.set(row.id, { since, seenAt: now, isSilent: isShut || result.why === "silent", shutSince });
    const listeningSince = this.#listening.get(row.id);
    const isStarting = row.state === "starting";
    if (isStarting && shutSince !== null && now - shutSince > IN_VAIN_MS) this.#forget(row, `a session has no such way: ${result.detail}`);
    else if (isStarting && listeningSince !== undefined && now - Math.max(since, listeningSince) > IN_VAIN_MS)
      this.#forget(row, "an app listens, and is not reached");
    else if (row.state === "unreachable" && now - since > SILENT_MS)
      void this.#compare(row, cluster).catch((error: unknown) => this.#options.onError(error, row.id));
  }

  #forgetOld(now: number): void {
    for (const [id, { seenAt }] of this.#troubles) {
      if (now - seenAt < FORGET_MS) break;
      this.#troubles.delete(id);
    }
  }

  #take({ row, from }: SessionChanged): void {
    if (row.state === "ended") {
      if (from !== "ended" && row.reason === "start_timeout" && this.#troubles.get(row.id)?.isSilent === true)
        this.#forget(row, "an app was not reached in its time to start");
      this.#listening.delete(row.id);
      this.#troubles.delete(row.id);
    } else if (row.enrolledAt === null) {
      this.#listening.delete(row.id);
    }
  }

  /** With those on the same way: one that answers, and the way is all right; none but this, and nobody can say. */
  async #compare(row: SessionRow, cluster: Cluster): Promise<void> {
    const rows = await this.#options.store.openOfCluster(cluster.name);
    const same = rows.filter((each) => each.route === row.route && partitionOf(each) === partitionOf(row));
    const silent = same.filter(({ id, state }) => state === "unreachable" && this.#isSilentFor(id));
    if (silent.length >= 2 && !same.some(({ state }) => state === "ready")) this.#forget(row, "none of its sessions answers any more");
  }

  #isSilentFor(id: string): boolean {
    const trouble = this.#troubles.get(id);
    return trouble !== undefined && this.#options.now() - trouble.since > SILENT_MS;
  }

  #forget(row: SessionRow, why: string): void {
    const cluster = this.#options.clusters.get(row.cluster);
    if (cluster === undefined || row.route === null) return;
    this.#options.chooser.forget(cluster, partitionOf(row), row.route, why).catch((error: unknown) => this.#options.onError(error, row.id));
  }
}
