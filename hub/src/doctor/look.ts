/** What the doctor asks of the machine that has a cluster's commands: this one, or a login node. */
import type { Exec, ExecResult } from "../transports/types.ts";

const TIMEOUT_MS = 15_000;

/** Not found or too slow: for a check that is an answer like any other. */
export async function run(exec: Exec, argv: readonly [string, ...string[]], env: Record<string, string> = {}): Promise<ExecResult> {
  return exec({ argv, env }, { timeoutMs: TIMEOUT_MS }).catch((error: unknown) => ({ exitCode: 127, stdout: "", stderr: String(error) }));
}

export async function isThere(exec: Exec, path: string): Promise<boolean> {
  return (await run(exec, ["test", "-e", path])).exitCode === 0;
}

/** Nobody but root can change it. */
export async function isRootsAlone(exec: Exec, path: string): Promise<boolean> {
  const [uid, mode] = (await run(exec, ["stat", "-Lc", "%u %a", path])).stdout.trim().split(" ");
  return uid === "0" && mode !== undefined && (Number.parseInt(mode, 8) & 0o022) === 0;
}
