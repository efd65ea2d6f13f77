/**
 * Connections that nobody has signed in on yet: so many in all, and from one address. Each costs a key exchange. When
 * all places are taken, whoever holds most of them makes room: few addresses cannot keep the others out.
 */
import type { Limits } from "./limits.ts";
import { toNetwork } from "./networks.ts";

/** One that stays until it leaves, or is cut to make room. */
interface Stranger {
  readonly leave: () => void;
  readonly cut: () => void;
}

export class Strangers {
  readonly #limits: Pick<Limits, "strangers" | "strangersPerAddress">;
  /** Each network's, the oldest first. */
  readonly #byNetwork = new Map<string, Set<Stranger>>();
  #all = 0;

  constructor(limits: Pick<Limits, "strangers" | "strangersPerAddress">) {
    this.#limits = limits;
  }

  /**
   * @param cut ends it, because its place is needed
   * @returns what to call when it has signed in or gone; null: there are too many from there.
   */
  enter(address: string, cut: () => void): (() => void) | null {
    const network = toNetwork(address);
    if ((this.#byNetwork.get(network)?.size ?? 0) >= this.#limits.strangersPerAddress) return null;
    if (this.#all >= this.#limits.strangers) this.#makeRoom();
    const here = this.#byNetwork.get(network) ?? new Set();
    this.#byNetwork.set(network, here);
    const leave = () => {
      if (!here.delete(stranger)) return;
      this.#all -= 1;
      if (here.size === 0) this.#byNetwork.delete(network);
    };
    const stranger = { leave, cut };
    here.add(stranger);
    this.#all += 1;
    return leave;
  }

  #makeRoom(): void {
    let most: ReadonlySet<Stranger> = new Set();
    for (const here of this.#byNetwork.values()) if (here.size > most.size) most = here;
    const [oldest] = most;
    oldest?.leave();
    oldest?.cut();
  }
}
