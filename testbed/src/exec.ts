// Runs programs inside a node, as one of its users.
import { readFileSync } from "node:fs";
import { type CommandOptions, type CommandResult, mustRun, runCommand } from "./command.ts";
import { TestbedError } from "./errors.ts";
import { findAccount } from "./people.ts";

export interface ExecOptions {
  /** Whom the program runs as, in their home folder; root unless told. */
  readonly user?: string | undefined;
  readonly stdin?: string | Uint8Array | undefined;
  /** Added to the plain environment of a login. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The folder to start in, instead of the home folder. */
  readonly cwd?: string | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const loginPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What the host has to run, and with which environment, for `argv` to run in the node whose pid 1 is given. */
export function buildExec(initPid: number, argv: readonly string[], options: ExecOptions = {}): { argv: string[]; env: NodeJS.ProcessEnv } {
  const user = options.user ?? "root";
  const account = findAccount(readFileSync(`/proc/${initPid}/root/etc/passwd`, "utf8"), user);
  if (!account) throw new TestbedError(`There is no user "${user}" in this node.`);
  // The program ends when we do, however we end: a parent's end does not reach into another PID namespace by itself.
  const tied = ["setpriv", "--pdeathsig", "KILL"];
  const enter = [...tied, "nsenter", "-t", String(initPid), "-m", "-u", "-i", "-n", "-p", "--root", "--wd"];
  const drop = [...tied, "--reuid", user, "--regid", String(account.gid), "--init-groups"];
  const cwd = options.cwd ?? (user === "root" || account.home === "/nonexistent" ? "/" : account.home);
  const login = { PATH: loginPath, HOME: account.home, USER: user, LOGNAME: user, SHELL: account.shell, LANG: "C.UTF-8" };
  return { argv: [...enter, "--", ...drop, "--", "env", "-C", cwd, "--", ...argv], env: { ...login, ...options.env } };
}

export function execIn(initPid: number, argv: readonly string[], options: ExecOptions = {}): Promise<CommandResult> {
  const built = buildExec(initPid, argv, options);
  return runCommand(built.argv, commandOptions(built.env, options));
}

/** As execIn, for a program that must succeed; returns its stdout. */
export function mustExecIn(initPid: number, argv: readonly string[], options: ExecOptions = {}): Promise<string> {
  const built = buildExec(initPid, argv, options);
  return mustRun(built.argv, commandOptions(built.env, options));
}

function commandOptions(env: NodeJS.ProcessEnv, options: ExecOptions): CommandOptions {
  return { env, stdin: options.stdin, timeoutMs: options.timeoutMs, signal: options.signal };
}
