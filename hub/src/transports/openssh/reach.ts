/** Whether the login node comes through to a port: by a connection of its own, since a master does not tell why it does not. */
import { type Exec, ExecError, type Reach } from "../types.ts";
import { reachArgv, type SshSettings, toTarget } from "./ssh-options.ts";
import type { Connection } from "./standing-master.ts";
import type { Target } from "./wanted-forwards.ts";

export interface ReachOptions {
  readonly ssh: SshSettings;
  readonly exec: Exec;
  readonly ready: (signal: AbortSignal) => Promise<Connection>;
}

export async function tryReach(
  { ssh, exec, ready }: ReachOptions,
  { host, port }: Target,
  timeoutMs: number,
  given?: AbortSignal,
): Promise<Reach> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = given === undefined ? deadline : AbortSignal.any([given, deadline]);
  try {
    const connection = await ready(signal);
    const startedAt = performance.now();
    const { stderr } = await exec({ argv: reachArgv(ssh, connection.host, toTarget(host, port)) }, { timeoutMs, signal });
    return readReach(stderr, performance.now() - startedAt);
  } catch (error) {
    given?.throwIfAborted();
    if (error instanceof ExecError) {
      // A port that holds the line until our time is over is a port that was reached.
      const seen = readReach(error.stderrTail, timeoutMs);
      return seen.ok || error.stderrTail !== "" ? seen : { ok: false, detail: error.message };
    }
    if (deadline.aborted) return { ok: false, detail: "no answer in time" };
    throw error;
  }
}

/** Reads what ssh says with LogLevel=DEBUG2. The node itself refused: packets get there, and nobody listens yet. */
export function readReach(stderr: string, ms: number): Reach {
  if (/channel \d+: open confirm/.test(stderr)) return { ok: true, ms };
  const reason = /channel \d+: open failed: (.*)/.exec(stderr)?.[1]?.trim();
  if (reason?.includes("Connection refused")) return { ok: true, ms };
  const words = stderr.split("\n").filter((line) => line.trim() !== "" && !/^(debug\d|OpenSSH_|stdio forwarding)/.test(line));
  return { ok: false, detail: reason ?? words.at(-1)?.trim() ?? "no answer in time" };
}
