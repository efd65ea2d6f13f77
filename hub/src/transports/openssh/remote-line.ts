/**
 * How a command gets to the login node. Pure. The account's login shell there may be anything (csh, fish), so all that it
 * is ever given is one constant; the command itself is the first line on stdin, which a POSIX shell reads. So nothing of
 * a command stands in the argv of ssh or of a shell; only the program itself has its own.
 */
import { CLOSED_ENV } from "../local/exec.ts";
import type { Command } from "../types.ts";

/** Single quotes, and inside them nothing that csh or fish read in their own way. */
export const REMOTE_COMMAND = `exec /usr/bin/env -i /bin/sh -c 'IFS= read -r line && eval "$line"'`;

/**
 * The line that runs `command` there: `nonce` frames its output, since login shells may talk before (their rc files), and
 * tells its exit code, since ssh's own 255 may be the program's, too.
 * @param seconds after which the program is ended there, whatever became of us
 * @throws TypeError for what no argument or variable can hold: a fault of ours
 */
export function toRemoteLine(command: Command, seconds: number, nonce: string): string {
  const [program] = command.argv;
  const run = ['"$timeout" -k 5', String(seconds), ...command.argv.map(quote)].join(" ");
  return [
    `PATH=${CLOSED_ENV.PATH}`,
    "timeout=$(command -v timeout)",
    `printf '%s\\n' ${nonce}; printf '%s\\n' ${nonce} >&2`,
    ...settle(command),
    `if command -v ${quote(program)} >/dev/null 2>&1; then ${run}; printf '\\n%s %s\\n' ${nonce} $? >&2; else printf '\\n%s missing\\n' ${nonce} >&2; fi`,
  ].join("; ");
}

/** The line that becomes `command` there, with all that follows on stdin as its input. @throws TypeError as above */
export function toRemoteStreamLine(command: Command): string {
  return [`PATH=${CLOSED_ENV.PATH}`, ...settle(command), ["exec", ...command.argv.map(quote)].join(" ")].join("; ");
}

/** Its folder and its whole environment. */
function settle({ env }: Command): string[] {
  return [
    // A line break, which $(…) would cut off at the end.
    `n=$(printf '\\n_'); n=\${n%_}`,
    // What a shell exports of its own accord.
    "cd /; unset PWD OLDPWD SHLVL",
    // Not as arguments of env: everybody there may read those.
    ...Object.entries({ ...CLOSED_ENV, ...env }).map(([name, value]) => `export ${ensureName(name)}=${quote(value)}`),
  ];
}

export type RemoteAnswer =
  | { readonly kind: "ended"; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  /** There is no such program there. */
  | { readonly kind: "missing" }
  /** It had begun; how it ended is not known. */
  | { readonly kind: "cut_off" }
  /** Nothing shows that it had begun, which proves nothing. */
  | { readonly kind: "silent" };

export function readRemoteAnswer({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }, nonce: string): RemoteAnswer {
  const begin = `${nonce}\n`;
  const from = { stdout: stdout.indexOf(begin), stderr: stderr.indexOf(begin) };
  if (from.stdout === -1) return { kind: "silent" };
  const end = stderr.lastIndexOf(`\n${nonce} `);
  if (end === -1) return { kind: "cut_off" };
  const word = stderr.slice(end + nonce.length + 2).split("\n", 1)[0] ?? "";
  if (word === "missing") return { kind: "missing" };
  if (!/^\d{1,3}$/.test(word)) return { kind: "cut_off" };
  return {
    kind: "ended",
    exitCode: Number(word),
    stdout: stdout.slice(from.stdout + begin.length),
    // A begin that directly precedes the end shares its line break with it.
    stderr: stderr.slice(Math.min(from.stderr + begin.length, end), end),
  };
}

/** A word for a POSIX shell, on one line: line breaks stand as `$n`. */
function quote(text: string): string {
  if (text.includes("\0")) throw new TypeError("no argument can hold a NUL");
  return `'${text.replaceAll("'", "'\\''").replaceAll("\n", `'"$n"'`)}'`;
}

function ensureName(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`this is no name of a variable: ${JSON.stringify(name)}`);
  return name;
}
