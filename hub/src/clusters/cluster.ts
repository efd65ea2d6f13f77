/** One batch system as the hub holds it: its configuration, how it is asked, and whether it answers. */
import type { Cluster as ClusterView } from "@fairway/contract/accounts.ts";
import type { ClusterConfig } from "../config/load.ts";
import type { Scheduler } from "../schedulers/types.ts";
import type { Transport } from "../transports/types.ts";

/** `awaySince` null: it answered when last asked (or has not been asked yet). */
export interface ClusterHealth {
  readonly awaySince: number | null;
  readonly lastSeenAt: number | null;
  readonly problem: string | null;
  readonly version: string | null;
}

export class Cluster {
  readonly name: string;
  readonly title: string;
  readonly config: ClusterConfig;
  readonly scheduler: Scheduler;
  readonly transport: Transport;
  #health: ClusterHealth = { awaySince: null, lastSeenAt: null, problem: null, version: null };
  readonly #listeners = new Set<() => void>();

  constructor(name: string, config: ClusterConfig, scheduler: Scheduler, transport: Transport) {
    this.name = name;
    this.title = config.title ?? name;
    this.config = config;
    this.scheduler = scheduler;
    this.transport = transport;
  }

  get health(): ClusterHealth {
    return this.#health;
  }

  /** Health as it was learnt; listeners hear only of coming and going. */
  noteAnswer(now: number): void {
    this.#setHealth({ ...this.#health, awaySince: null, lastSeenAt: now, problem: null });
  }

  noteVersion(version: string): void {
    this.#setHealth({ ...this.#health, version });
  }

  noteSilence(now: number, problem: string): void {
    this.#setHealth({ ...this.#health, awaySince: this.#health.awaySince ?? now, problem });
  }

  onHealthChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  view(): ClusterView {
    const { awaySince, lastSeenAt, problem, version } = this.#health;
    return {
      name: this.name,
      title: this.title,
      scheduler: this.config.scheduler,
      version,
      actsAs: this.transport.actsAs,
      loginTerminals: this.config.shells?.login === true,
      awaySince,
      lastSeenAt,
      problem,
    };
  }

  #setHealth(next: ClusterHealth): void {
    const before = this.#health;
    this.#health = next;
    if ((before.awaySince === null) !== (next.awaySince === null) || before.version !== next.version) {
      for (const listener of this.#listeners) listener();
    }
  }
}
