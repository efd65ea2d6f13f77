/** Waits for a launched session, saying what it waits for; whoever stops waiting leaves the session as it is. */
import type { Session } from "@fairway/contract/sessions.ts";
import type { Command } from "commander";
import { type CommonOptions, printJson } from "./cli.ts";
import type { Client } from "./client.ts";
import { parseSeconds } from "./durations.ts";
import { CliFailure, EXIT } from "./failure.ts";
import { openBrowser } from "./open-browser.ts";
import { createProgress, type Progress } from "./progress.ts";
import { describeAlternatives } from "./session-words.ts";
import { type Terminal, toLine } from "./terminal.ts";
import { watchSession } from "./watch-session.ts";

export interface WaitOptions extends CommonOptions {
  readonly wait: boolean;
  readonly timeout?: string;
  readonly open?: boolean;
}

/** The options of every command that launches something. */
export function addWaitOptions(command: Command): Command {
  return command
    .option("--no-wait", "do not wait until it is ready")
    .option("--timeout <time>", "wait no longer than this (90s, 15m, 2h); the session goes on")
    .option("--open", "open it in the browser when it is ready");
}

/** Before anything is launched: a mistyped time must not leave a session behind. @throws CliFailure (usage) */
export function parseTimeoutMs({ timeout }: WaitOptions): number | null {
  return timeout === undefined ? null : parseSeconds(timeout) * 1000;
}

/** Says what was launched, waits for it if wanted, and prints its address. */
export async function finishLaunch(
  terminal: Terminal,
  client: Client,
  launched: Session,
  options: WaitOptions,
  timeoutMs: number | null,
): Promise<void> {
  if (options.json !== true)
    terminal.stderr.write(`Session ${launched.id}: ${launched.profile?.title ?? launched.app.title} on ${launched.cluster.title}\n`);
  const session = options.wait ? await waitUntilReady(terminal, client, launched, timeoutMs) : launched;
  if (options.json === true) printJson(terminal, session);
  else terminal.stdout.write(`${client.urlOf(session.openUrl)}\n`);
  if (options.open === true) await openBrowser(terminal, client.urlOf(session.openUrl));
}

async function waitUntilReady(terminal: Terminal, client: Client, launched: Session, timeoutMs: number | null): Promise<Session> {
  const ending = new AbortController();
  const signal = AbortSignal.any([terminal.signal, ending.signal, ...(timeoutMs === null ? [] : [AbortSignal.timeout(timeoutMs)])]);
  const progress = createProgress(terminal, { hasSteps: true, now: client.now });
  let session = launched;
  let hasAsked = false;
  try {
    for await (session of watchSession(client, launched.id, signal)) {
      progress.show(session);
      if (session.state === "ready") return session;
      if (session.state === "ended") throw toEnded(session);
      if (session.state === "pending" && !hasAsked) {
        hasAsked = true;
        void offerAlternatives(client, session, progress, signal);
      }
    }
    signal.throwIfAborted();
    return session;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw leave(session, terminal.signal.aborted);
  } finally {
    ending.abort();
    progress.close();
  }
}

/** Once, beside the waiting. That nothing can be said is no failure of the launch. */
async function offerAlternatives(client: Client, { id }: Session, progress: Progress, signal: AbortSignal): Promise<void> {
  try {
    const { alternatives } = await client.call("alternatives", { params: { id }, signal });
    if (alternatives.length === 0 || signal.aborted) return;
    for (const line of ["Would start at once instead:", ...describeAlternatives(alternatives)]) progress.note(line);
    progress.note(`Take one with \`fairway start-instead ${id} --take 1\`.`);
  } catch {
    // An older hub, or a cluster that cannot be asked: the session itself is what is waited for.
  }
}

function toEnded(session: Session): CliFailure {
  const next = [session.next, `Its log: fairway logs ${session.id}`].filter((line) => line !== null).join(" ");
  return new CliFailure(EXIT.failed, toLine(`${session.label}. ${session.line}`), { next });
}

/** We stop waiting; the session does not stop. */
function leave(session: Session, isInterrupted: boolean): CliFailure {
  const job = session.job === null ? "" : ` as job ${session.job.id} on ${session.cluster.title}`;
  const isAway = session.cluster.awaySince !== null;
  return new CliFailure(
    isInterrupted ? EXIT.interrupted : isAway ? EXIT.clusterAway : EXIT.timedOut,
    `Stopped waiting. Session ${session.id} goes on${job} (${session.label}).${isAway ? ` ${session.cluster.title} does not answer.` : ""}`,
    { next: `Open it with \`fairway open ${session.id}\`, end it with \`fairway stop ${session.id}\`.` },
  );
}
