/** `fairway stop`: ends sessions. */
import type { Session } from "@fairway/contract/sessions.ts";
import type { Command } from "commander";
import { type CommonOptions, connect, printJson } from "../cli.ts";
import type { Client } from "../client.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { pickSession } from "../pick-session.ts";
import { addCommand } from "../program.ts";
import { createProgress, describe } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import { watchSession } from "../watch-session.ts";

interface StopOptions extends CommonOptions {
  readonly wait?: boolean;
}

/** What came of doing something with each: one that fails keeps nothing from the others. */
interface Outcome {
  readonly done: readonly Session[];
  readonly failed: readonly { readonly id: string; readonly failure: CliFailure }[];
}

export function addStop(program: Command, terminal: Terminal): void {
  addCommand(program, "stop [session...]", "Stop sessions", ["fairway stop", "fairway stop second k3x9qa2mw4tz --wait"])
    .option("--wait", "wait until they have ended")
    .action(async (wanted: readonly string[], options: StopOptions) => {
      const client = connect(terminal, options);
      // All names are understood before anything is stopped.
      const picked = await Promise.all((wanted.length === 0 ? [undefined] : wanted).map((one) => pickSession(client, one)));
      return stopAll(terminal, client, [...new Map(picked.map((session) => [session.id, session])).values()], options);
    });
}

/** All are told before one is waited for: the others would run on meanwhile. */
async function stopAll(terminal: Terminal, client: Client, sessions: readonly Session[], { wait = false, json = false }: StopOptions) {
  const told: Session[] = [];
  try {
    const stops = await forEach(sessions, async ({ id }) => {
      const answered = await client.call("stop", { params: { id } });
      told.push(answered);
      return answered;
    });
    const ends = wait ? await forEach(told, (session) => waitUntilEnded(terminal, client, session)) : stops;
    if (json && ends.done.length > 0) printJson(terminal, { sessions: ends.done });
    if (!json) for (const session of ends.done) terminal.stderr.write(`${session.id}  ${describe(session, client.now())}\n`);
    throwFailures(sessions, wait ? [...stops.failed, ...ends.failed] : stops.failed);
  } catch (error) {
    if (error instanceof CliFailure || !terminal.signal.aborted) throw error;
    throw leave(sessions, told);
  }
}

async function forEach(sessions: readonly Session[], act: (session: Session) => Promise<Session>): Promise<Outcome> {
  const done: Session[] = [];
  const failed: { id: string; failure: CliFailure }[] = [];
  for (const session of sessions) {
    try {
      done.push(await act(session));
    } catch (error) {
      if (!(error instanceof CliFailure)) throw error;
      failed.push({ id: session.id, failure: error });
    }
  }
  return { done, failed };
}

async function waitUntilEnded(terminal: Terminal, client: Client, session: Session): Promise<Session> {
  const progress = createProgress(terminal, { hasSteps: false, now: client.now });
  let last = session;
  try {
    for await (last of watchSession(client, session.id, terminal.signal)) progress.show(last);
    terminal.signal.throwIfAborted();
    return last;
  } finally {
    progress.close();
  }
}

/** @throws CliFailure with the first one's exit code, and each in its own words */
function throwFailures(sessions: readonly Session[], failed: Outcome["failed"]): void {
  const [first] = failed;
  if (first === undefined) return;
  if (sessions.length === 1) throw first.failure;
  const { exitCode, next, problem } = first.failure;
  const lines = failed.map(({ id, failure }) => `\n  ${id}: ${failure.message}`).join("");
  throw new CliFailure(exitCode, `${failed.length} of ${sessions.length} failed:${lines}`, {
    cause: first.failure,
    ...(next === undefined ? {} : { next }),
    ...(problem === undefined ? {} : { problem }),
  });
}

/** Whoever interrupts is to know what ends without them, and what does not. */
function leave(sessions: readonly Session[], told: readonly Session[]): CliFailure {
  const toldIds = told.map(({ id }) => id);
  const others = sessions.map(({ id }) => id).filter((id) => !toldIds.includes(id));
  const parts = [
    "Interrupted.",
    toldIds.length === 0 ? "" : `Told to stop: ${toldIds.join(" ")}.`,
    // The answer to one of them may have been on its way.
    others.length === 0 ? "" : `Not told, as far as is known: ${others.join(" ")}.`,
  ];
  const next = others.length === 0 ? "They end without you: see `fairway ls`." : `Stop the others: fairway stop ${others.join(" ")}`;
  return new CliFailure(EXIT.interrupted, parts.filter(Boolean).join(" "), { next });
}
