/** Connections that nobody has signed in on yet: so many in all, and from one address. Each costs a key exchange. */
import type { Limits } from "./limits.ts";
import { toNetwork } from "./networks.ts";

export class Strangers {
  readonly #limits: Pick<Limits, "strangers" | "strangersPerAddress">;
  readonly #byNetwork = new Map<string, number>();
  #all = 0;

  constructor(limits: Pick<Limits, "strangers" | "strangersPerAddress">) {
    this.#limits = limits;
  }

  /** @returns what to call when it has signed in or gone; null: there are too many. */
  enter(address: string): (() => void) | null {
    const network = toNetwork(address);
    const here = this.#byNetwork.get(network) ?? 0;
    if (this.#all >= this.#limits.strangers || here >= this.#limits.strangersPerAddress) return null;
    this.#all += 1;
    this.#byNetwork.set(network, here + 1);
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      this.#all -= 1;
      const left = (this.#byNetwork.get(network) ?? 1) - 1;
      if (left === 0) this.#byNetwork.delete(network);
      else this.#byNetwork.set(network, left);
    };
  }
}
