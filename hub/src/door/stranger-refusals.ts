/**
 * Refused sign-ins of people whom nobody knows. An open port is knocked at all day long, and the audit log is kept for
 * ever: the first of a network is written at once, what it tries within the hour after that is counted, and written as
 * one entry when the hour is over. When too many networks come at a time, those beyond are counted together.
 */
import { toNetwork } from "../identity/failure-counters.ts";
import type { AuditStore } from "../store/audit.ts";

export interface StrangerRefusalsOptions {
  readonly audit: Pick<AuditStore, "record">;
  readonly now: () => number;
  /** What was counted could not be written. */
  readonly onError: (error: unknown) => void;
  readonly hourMs?: number;
}

export interface Refusal {
  readonly user: string;
  readonly address: string;
  readonly detail: string | null;
}

const HOUR_MS = 3_600_000;
/** Two entries of each an hour, at most. */
const MAX_NETWORKS = 100;
const SEVERAL = "(several)";

interface Hour {
  readonly since: number;
  readonly network: string;
  readonly timer: NodeJS.Timeout;
  /** Beyond the first. */
  count: number;
  user: string | null;
}

export class StrangerRefusals {
  readonly #options: StrangerRefusalsOptions;
  readonly #hours = new Map<string, Hour>();

  constructor(options: StrangerRefusalsOptions) {
    this.#options = options;
  }

  async record(refusal: Refusal): Promise<void> {
    const own = showNetwork(refusal.address);
    const network = this.#hours.has(own) || this.#hours.size < MAX_NETWORKS ? own : SEVERAL;
    const hour = this.#hours.get(network);
    if (hour === undefined) {
      this.#begin(network);
      await this.#write(refusal);
    } else {
      hour.user = hour.count === 0 || hour.user === refusal.user ? refusal.user : SEVERAL;
      hour.count += 1;
    }
  }

  /** Writes what was counted. */
  async close(): Promise<void> {
    await Promise.all([...this.#hours.values()].map((hour) => this.#end(hour)));
  }

  #begin(network: string): void {
    const { now, hourMs = HOUR_MS } = this.#options;
    const timer = setTimeout(() => void this.#end(hour), hourMs);
    const hour: Hour = { since: now(), network, timer, count: 0, user: null };
    this.#hours.set(network, hour);
  }

  async #end({ since, network, timer, count, user }: Hour): Promise<void> {
    clearTimeout(timer);
    this.#hours.delete(network);
    if (count === 0) return;
    const detail = `${count} more since ${new Date(since).toISOString()}`;
    await this.#write({ user: user ?? SEVERAL, address: network, detail }).catch(this.#options.onError);
  }

  async #write({ user, address, detail }: Refusal): Promise<void> {
    const { audit, now } = this.#options;
    const entry = { at: now(), actor: user, via: "door", action: "door.sign-in", target: null, outcome: "refused" };
    await audit.record({ ...entry, detail, address });
  }
}

function showNetwork(address: string): string {
  const network = toNetwork(address);
  return network === address ? address : `${network}::/64`;
}
