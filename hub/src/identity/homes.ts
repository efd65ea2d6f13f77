/** The home directory of an account, as the machine that submits its jobs knows it. */
import type { Exec } from "../transports/types.ts";

const TIMEOUT_MS = 10_000;

/** Asks once at a time about each account, however often somebody's form wants to know. */
export class Homes {
  readonly #asking = new Map<string, Promise<string | null>>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Null when it cannot be told. `cluster`: whose `exec` it is. */
  async of(cluster: string, exec: Exec, account: string): Promise<string | null> {
    const key = `${cluster} ${account}`;
    const asking = this.#asking.get(key) ?? askHome(exec, account, this.#onError).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }
}

/** @returns null when it cannot be told: no such account, or nobody to ask. */
async function askHome(exec: Exec, account: string, onError: (error: unknown) => void): Promise<string | null> {
  try {
    const { exitCode, stdout } = await exec({ argv: ["getent", "passwd", account], env: { LC_ALL: "C" } }, { timeoutMs: TIMEOUT_MS });
    const home = stdout.split("\n", 1)[0]?.split(":")[5] ?? "";
    return exitCode === 0 && home.startsWith("/") ? home : null;
  } catch (error) {
    // Not known now; whoever needs it says so to the person.
    onError(error);
    return null;
  }
}
