/**
 * When and where to probe a session's app: quickly while it starts, now and then while it runs.
 * Not answering is shown and tried again; it never ends a session.
 */
import { toSessionPath } from "@fairway/contract/names.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { Routing } from "../routes/index.ts";
import type { SessionRow } from "../store/schema.ts";
import { type App, toInjectedHeader } from "./apps.ts";
import type { SessionChanges } from "./changes.ts";
import { type ProbeResult, type ProbeTarget, probe } from "./probe.ts";
import { derivePorts } from "./session-keys.ts";
import { Turns } from "./turns.ts";
import { toUpstream, type UpstreamContext } from "./upstream.ts";

export interface ProberOptions extends UpstreamContext {
  readonly changes: SessionChanges;
  readonly apps: ReadonlyMap<string, App>;
  readonly baseUrl: string;
  readonly routing: Pick<Routing, "forwards" | "health">;
  readonly now: () => number;
}

const PROBE_TIMEOUT_MS = 5000;
/** A running job that has said nothing for so long may have enrolled with a hub whose database is gone. */
const SEEK_AFTER_MS = 15_000;
const SEEK_EVERY_MS = 5000;
const READY_EVERY_MS = 60_000;
const UNREACHABLE_EVERY_MS = 5000;
const PROBES_AT_ONCE = 32;
/** Nothing can listen yet: the answer to its enrolment is still on its way to the job. */
const FIRST_LOOK_MS = 25;
/** While many are starting: two hundred probes a second for all of them, each at least every two seconds. */
const GAP_EACH_MS = 5;
const LONGEST_GAP_MS = 2000;
const SOUGHT_LATELY_MS = 4000;

type Place = Pick<SessionRow, "route" | "port">;

export class Prober {
  readonly #options: ProberOptions;
  readonly #startedAt: number;
  readonly #turns = new Turns(PROBES_AT_ONCE);
  /** Starting sessions that did not answer, by when they were last asked, the longest ago first. */
  readonly #sought = new Map<string, number>();
  /** Sessions whose app, known by its key, answered when it was last asked. */
  readonly #answering = new Set<string>();

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#startedAt = options.now();
  }

  isAnswering(sessionId: string): boolean {
    return this.#answering.has(sessionId);
  }

  /** Nobody asks it any more. */
  forget(sessionId: string): void {
    this.#answering.delete(sessionId);
    this.#sought.delete(sessionId);
  }

  /** A starting session. @returns how long to wait before the next try. */
  async seek(row: SessionRow, cluster: Cluster, signal: AbortSignal): Promise<number> {
    if (row.enrolledAt === null) return this.#seekSilent(row, cluster, signal);
    const target = this.#target(row, cluster);
    if (target === null) return SEEK_EVERY_MS;
    const enrolledMs = this.#options.now() - row.enrolledAt;
    if (enrolledMs >= 0 && enrolledMs < FIRST_LOOK_MS) return FIRST_LOOK_MS - enrolledMs;
    const result = await this.#ask(row, cluster, target, signal);
    if (result.ok) {
      this.#sought.delete(row.id);
      await this.#options.changes.apply(row.id, { kind: "answered" }, isSameRun(row));
      return 0;
    }
    return Math.max(startingGapMs(this.#options.now() - row.enrolledAt), this.#gapAmongManyMs(row.id));
  }

  /** A class that starts together is asked no oftener in all than a few are: each app is slower then, too, and tells when it listens. */
  #gapAmongManyMs(id: string): number {
    const now = performance.now();
    this.#sought.delete(id); // a Map keeps insertion order: put it last
    this.#sought.set(id, now);
    for (const [other, at] of this.#sought) {
      if (now - at < SOUGHT_LATELY_MS) break;
      this.#sought.delete(other);
    }
    return Math.min(this.#sought.size * GAP_EACH_MS, LONGEST_GAP_MS);
  }

  /** A session that was ready once. @returns how long to wait before the next try. */
  async check(row: SessionRow, cluster: Cluster, signal: AbortSignal): Promise<number> {
    const target = this.#target(row, cluster);
    if (target === null) return READY_EVERY_MS;
    // Just became ready: the first answer was a moment ago.
    const isFresh = row.state === "ready" && this.#options.now() - row.stateSince < 1000;
    if (isFresh && this.#options.routing.forwards.isKept(row, cluster)) return READY_EVERY_MS;
    // At our start all of them are due at once: in turns, or our own haste would look like their silence.
    const result = await this.#turns.take(row.user, signal, () => this.#ask(row, cluster, target, signal));
    if (signal.aborted) return 0;
    if (result.ok) await this.#options.changes.apply(row.id, { kind: "answered" }, isSameRun(row));
    else await this.#options.changes.apply(row.id, { kind: "not-answering", detail: result.detail }, isSameRun(row));
    return result.ok ? READY_EVERY_MS : UNREACHABLE_EVERY_MS;
  }

  /** By its route, which is made ready first; also when it was and nobody answered: it may have got lost. */
  async #ask(row: SessionRow, cluster: Cluster, target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
    const { forwards, health } = this.#options.routing;
    const result = await ask();
    if (!signal.aborted) health.noteProbe(row, cluster, result);
    // Without a key of its own to show, who answers there may be somebody else.
    if (result.ok && cluster.config.pinned_tls) this.#answering.add(row.id);
    else this.#answering.delete(row.id);
    return result;

    async function ask(): Promise<ProbeResult> {
      try {
        await forwards.ensure(row, cluster, { anew: row.state === "unreachable" });
      } catch (error) {
        return { ok: false, why: "no_way", detail: error instanceof Error ? error.message : "no way to its node" };
      }
      return probe(target, PROBE_TIMEOUT_MS, signal);
    }
  }

  /**
   * It runs, but has not enrolled with us: perhaps it did with the hub whose database was lost. Its
   * node is known, its ports and key can be derived: whoever shows that key there is the session.
   */
  async #seekSilent(row: SessionRow, cluster: Cluster, signal: AbortSignal): Promise<number> {
    const node = row.job?.node ?? null;
    if (
      node === null ||
      row.createdAt > this.#startedAt ||
      this.#options.now() - row.stateSince < SEEK_AFTER_MS ||
      !cluster.config.pinned_tls
    ) {
      return SEEK_EVERY_MS;
    }
    const ports = derivePorts(this.#options.masterKey, row.id, cluster.config.ports);
    const places: Place[] = [
      ...ports.map((port) => ({ route: "direct" as const, port })),
      // Its tunnel may be open again, from a Unix socket in the job or from a port: which one only the job needs to know.
      ...[null, ports[0] ?? null].map((port) => ({ route: "tunnel" as const, port })),
    ];
    // All at once: somebody who says nothing on one of them must not keep a stop waiting for long.
    const answers = await Promise.all(places.map((place) => this.#answersAs(row, node, place, cluster, signal)));
    const place = places.find((_, index) => answers[index]);
    if (place === undefined) return SEEK_EVERY_MS;
    const found = { host: node, detail: null, ...place };
    const event = { kind: "enrolled", jobId: row.job?.id ?? "", restarts: row.restarts, nonceHash: null, ...found } as const;
    await this.#options.changes.apply(row.id, event, isSilent);
    return 0;
  }

  async #answersAs(row: SessionRow, host: string, place: Place, cluster: Cluster, signal: AbortSignal): Promise<boolean> {
    const supposed = { ...row, host, ...place, enrolledAt: this.#options.now(), enrolledRestarts: row.restarts };
    const target = this.#target(supposed, cluster);
    return target !== null && (await probe(target, PROBE_TIMEOUT_MS, signal)).ok;
  }

  #target(row: SessionRow, cluster: Cluster): ProbeTarget | null {
    const app = this.#options.apps.get(row.app);
    const upstream = toUpstream(row, cluster, this.#options);
    if (app === undefined || upstream === null) return null;
    const { secret, ...where } = upstream;
    return {
      ...where,
      path: `${this.#options.baseUrl.slice(0, -1)}${toSessionPath(row.user, row.name)}${app.probePath}`,
      header: toInjectedHeader(app, secret),
    };
  }
}

const isSilent = (row: SessionRow) => row.enrolledAt === null && row.state === "starting";

/** The answer came from the run that was asked: it has not been requeued or moved since. */
function isSameRun(asked: SessionRow): (row: SessionRow) => boolean {
  return (row) => row.enrolledAt === asked.enrolledAt && row.host === asked.host && row.port === asked.port;
}

/** Every 40 ms while it should come up any moment, then less and less: a refused connection is cheap, but not free. */
function startingGapMs(sinceMs: number): number {
  if (sinceMs < 10_000) return 40;
  return sinceMs < 60_000 ? 250 : 1000;
}
