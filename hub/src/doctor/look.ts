/** What the doctor asks of the machine that has a cluster's commands: this one, or a login node. */
import { basename } from "node:path";
import type { ClusterConfig } from "../config/load.ts";
import type { Exec, ExecOptions, ExecResult } from "../transports/types.ts";

const TIMEOUT_MS = 15_000;

/** Not found or too slow: for a check that is an answer like any other. */
export async function run(
  exec: Exec,
  argv: readonly [string, ...string[]],
  env: Record<string, string> = {},
  options: ExecOptions = { timeoutMs: TIMEOUT_MS },
): Promise<ExecResult> {
  return exec({ argv, env }, options).catch((error: unknown) => ({ exitCode: 127, stdout: "", stderr: String(error) }));
}

/** For Slurm's own commands. */
export function slurmEnvOf({ slurm }: Pick<ClusterConfig, "slurm">): Record<string, string> {
  const env = { PATH: `${slurm.bin_dir}:/usr/bin:/bin`, LANG: "C" };
  return slurm.conf === undefined ? env : { ...env, SLURM_CONF: slurm.conf };
}

/** What sudo lets our account do there, a rule a line; "" where it lets it do nothing. */
export async function listSudoRules(exec: Exec): Promise<string> {
  return (await run(exec, ["sudo", "-n", "-l"], { PATH: "/usr/bin:/bin", LANG: "C" })).stdout;
}

/** Where a script of ours that root installed has its settings: it looks for them under its own name. */
export const confOf = (script: string) => `/etc/fairway/${basename(script)}.conf`;

/** The last line of what it complained about; "" for none. */
export function tail({ stderr }: Pick<ExecResult, "stderr">): string {
  return stderr.trim().split("\n").at(-1) ?? "";
}

export async function isThere(exec: Exec, path: string): Promise<boolean> {
  return (await run(exec, ["test", "-e", path])).exitCode === 0;
}

/** Nobody but root can change it. */
export async function isRootsAlone(exec: Exec, path: string): Promise<boolean> {
  const [uid, mode] = (await run(exec, ["stat", "-Lc", "%u %a", path])).stdout.trim().split(" ");
  return uid === "0" && mode !== undefined && (Number.parseInt(mode, 8) & 0o022) === 0;
}
