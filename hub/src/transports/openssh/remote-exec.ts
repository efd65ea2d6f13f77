/**
 * Exec over masters: the same promises as `local/exec.ts` keeps, for a program on the login node. The deadline counts from
 * the call, whatever of it goes by with connecting and waiting in line, and it ends the program over there, too.
 */
import { randomBytes } from "node:crypto";
import { pause, untilAborted } from "../../pause.ts";
import { type Command, type Exec, ExecError, type ExecOptions, type ExecResult } from "../types.ts";
import { REMOTE_COMMAND, readRemoteAnswer, toRemoteLine } from "./remote-line.ts";
import type { Slots } from "./slots.ts";
import { commandArgv } from "./ssh-options.ts";
import type { Connection } from "./standing-master.ts";

/** A login as which commands run. */
export interface Login {
  /** @throws ExecError "away" */
  connect(signal: AbortSignal): Promise<Connection>;
  /** A command has heard nothing over it: it may be dead. */
  doubt(connection: Connection): void;
  /** sshd allows so many commands at a time on one connection (MaxSessions, mostly 10). */
  readonly slots: Slots;
}

export interface RemoteExecOptions extends ExecOptions {
  /** False: must not be begun twice, so nothing is tried again unless it is certain that it had not begun. */
  readonly mayRepeat?: boolean;
}

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 100;
/** The login node's limit comes after ours, so that ours tells. */
const LATER_SECONDS = 1;
const DEFAULT_MAX_BYTES = 32 * 1024 * 1024;
/** For what frames the output. */
const FRAME_BYTES = 512;

export function runRemotely(exec: Exec, login: Login, command: Command, options: RemoteExecOptions): Promise<ExecResult> {
  return withDeadline(command, options, (signal, endsAt) => attempt({ exec, login, command, options, signal, endsAt }));
}

interface Run {
  readonly exec: Exec;
  readonly login: Login;
  readonly command: Command;
  readonly options: RemoteExecOptions;
  /** Ours and the caller's. */
  readonly signal: AbortSignal;
  readonly endsAt: number;
}

async function attempt(run: Run): Promise<ExecResult> {
  const { login, command, options, signal } = run;
  let error = new ExecError("away", command.argv);
  for (let tries = 0; tries < ATTEMPTS; tries++) {
    if (tries > 0) await pause(FIRST_PAUSE_MS * 4 ** (tries - 1), signal);
    const { slots } = login;
    await slots.take(signal);
    let connection: Connection;
    let heard: Heard;
    try {
      connection = await login.connect(signal);
      heard = await runOnce(run, connection);
    } finally {
      slots.free();
    }
    if (heard.kind === "ended") {
      slots.widen();
      return heard.result;
    }
    if (heard.kind === "refused" && slots.taken > 0) {
      // This login node allows fewer than we thought, and the others of us go on: not counted.
      slots.narrow(slots.taken);
      tries = 0;
    } else login.doubt(connection);
    error = new ExecError(heard.kind === "cut_off" ? "killed" : "away", command.argv, { stderrTail: heard.words });
    if (heard.kind === "cut_off" || (heard.kind === "silent" && options.mayRepeat === false)) break;
  }
  throw error;
}

type Heard =
  | { readonly kind: "ended"; readonly result: ExecResult }
  /** Not begun, for sure: sshd opened no further session, or there was no master to ask for one. */
  | { readonly kind: "refused" | "no_master"; readonly words: string }
  /** Perhaps begun; begun, and then lost. */
  | { readonly kind: "silent" | "cut_off"; readonly words: string };

async function runOnce({ exec, command, options, signal, endsAt }: Run, { socket }: Connection): Promise<Heard> {
  const nonce = randomBytes(12).toString("hex");
  const leftMs = Math.max(1, endsAt - performance.now());
  const line = toRemoteLine(command, Math.ceil(leftMs / 1000) + LATER_SECONDS, nonce);
  const result = await exec(
    { argv: commandArgv(socket, REMOTE_COMMAND), stdin: `${line}\n${command.stdin ?? ""}` },
    { timeoutMs: leftMs + 1000, signal, maxBytes: (options.maxBytes ?? DEFAULT_MAX_BYTES) + FRAME_BYTES },
  );
  const answer = readRemoteAnswer(result, nonce);
  if (answer.kind === "missing") throw new ExecError("not_found", command.argv);
  if (answer.kind === "ended") {
    const { exitCode, stdout, stderr } = answer;
    return { kind: "ended", result: { exitCode, stdout, stderr } };
  }
  const words = `${result.stdout.slice(-500)}\n${result.stderr.slice(-1500)}`.trim();
  return { kind: answer.kind === "silent" ? readSilence(result.stderr) : answer.kind, words };
}

/**
 * Without a master, ssh tries to connect by itself, which we make fail. It does so, too, when a master breaks off before
 * it has answered; then, once it had been asked for a session (and not only whether it lives), it may have opened one.
 */
export function readSilence(stderr: string): "refused" | "no_master" | "silent" {
  if (stderr.includes("Session open refused by peer")) return "refused";
  const hasTried = /^(kex|ssh)_exchange_identification: |^Connection closed by UNKNOWN/m.test(stderr);
  const hasAsked = /mux_client_request_session: (?!master alive)/.test(stderr);
  return hasTried && !hasAsked ? "no_master" : "silent";
}

/** Whatever goes wrong is told of the caller's command, not of the ssh that carries it. */
async function withDeadline(
  command: Command,
  { timeoutMs, signal: given }: ExecOptions,
  run: (signal: AbortSignal, endsAt: number) => Promise<ExecResult>,
): Promise<ExecResult> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  try {
    const signal = given === undefined ? deadline.signal : AbortSignal.any([given, deadline.signal]);
    // The master holds on to our ends of the streams for a moment; nobody shall wait for that.
    return await untilAborted(run(signal, performance.now() + timeoutMs), signal);
  } catch (error) {
    const stderrTail = error instanceof ExecError ? error.stderrTail : "";
    if (given?.aborted) throw new ExecError("aborted", command.argv, { stderrTail, cause: given.reason });
    if (deadline.signal.aborted) throw new ExecError("timeout", command.argv, { stderrTail });
    if (error instanceof ExecError) throw new ExecError(error.failure, command.argv, { stderrTail, cause: error.cause });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
