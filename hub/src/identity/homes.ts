/** The home directory of an account, as the machine that submits its jobs knows it. */
import type { Exec } from "../transports/types.ts";

const TIMEOUT_MS = 10_000;

/** @returns null when it cannot be told: no such account, or nobody to ask. */
export async function askHome(exec: Exec, account: string, onError: (error: unknown) => void): Promise<string | null> {
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
