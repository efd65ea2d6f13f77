/**
 * Runs one program on this machine to its end: argv only, a closed environment, a deadline, an abort
 * signal and a cap on output. It knows nothing of users or schedulers and never uses a shell.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { type Command, type Exec, ExecError, type ExecFailure, type ExecOptions, type ExecResult } from "../types.ts";

/** All that a program finds in its environment besides what it is given. */
export const CLOSED_ENV = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8" };
const DEFAULT_MAX_BYTES = 32 * 1024 * 1024;

export interface ExecSettings {
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
  /**
   * What becomes of a program that is given up (deadline, abort). "end": its process group is ended.
   * "leave": it ends by itself (coreutils' `timeout` guards it), because ending our half of it would
   * only hide that the other half, running as somebody else, goes on.
   */
  readonly whenGivenUp?: "end" | "leave";
}

export function createExec(settings: ExecSettings = {}): Exec {
  return (command, options) => run(command, options, { graceMs: settings.graceMs ?? 2000, whenGivenUp: settings.whenGivenUp ?? "end" });
}

function run(command: Command, options: ExecOptions, settings: Required<ExecSettings>): Promise<ExecResult> {
  const [program, ...args] = command.argv;
  if (options.signal?.aborted) return Promise.reject(new ExecError("aborted", command.argv, { cause: options.signal.reason }));
  return new Promise((resolve, reject) => {
    // A process group of its own, so that what the program started ends with it.
    const child = spawn(program, args, { cwd: "/", env: { ...CLOSED_ENV, ...command.env }, stdio: "pipe", detached: true });
    const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    const stdout = collect(child.stdout, maxBytes, () => giveUp("too_much_output"));
    const stderr = collect(child.stderr, maxBytes, () => giveUp("too_much_output"));
    const timers = new Set<NodeJS.Timeout>();
    let failure: ExecFailure | null = null;

    const settle = (finish: () => void) => {
      for (const timer of timers) clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
      finish();
    };
    const fail = (why: ExecFailure, cause?: unknown) =>
      settle(() => {
        const error = new ExecError(why, command.argv, { stderrTail: stderr().slice(-2000), cause });
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
        child.unref();
        reject(error);
      });
    const giveUp = (why: ExecFailure) => {
      if (failure !== null) return;
      failure = why;
      if (settings.whenGivenUp === "leave") return fail(why);
      signalGroup(child, "SIGTERM");
      timers.add(setTimeout(() => signalGroup(child, "SIGKILL"), settings.graceMs));
      // Somebody who left the group may hold our pipes open for ever.
      timers.add(setTimeout(() => fail(why), settings.graceMs + 1000));
    };
    const onAbort = () => giveUp("aborted");

    options.signal?.addEventListener("abort", onAbort, { once: true });
    timers.add(setTimeout(() => giveUp("timeout"), options.timeoutMs));
    child.once("error", (cause: NodeJS.ErrnoException) => fail(cause.code === "ENOENT" ? "not_found" : "killed", cause));
    child.once("close", (exitCode) => {
      if (failure !== null) return fail(failure, options.signal?.reason);
      if (exitCode === null) return fail("killed");
      settle(() => resolve({ exitCode, stdout: stdout(), stderr: stderr() }));
    });
    // A program may end without reading its input; its exit code tells what there is to tell.
    child.stdin.on("error", () => {});
    child.stdin.end(command.stdin ?? "");
  });
}

/** Gathers a stream up to `maxBytes`; returns what gives the text so far. */
function collect(stream: NodeJS.ReadableStream, maxBytes: number, onTooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) return onTooMuch();
    chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString("utf8");
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: it has ended. EPERM: all that is left of it runs as somebody else, who ends it by `timeout`.
  }
}
