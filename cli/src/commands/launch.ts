/** `fairway launch`: asks for a session and waits until it answers. */
import type { Profile } from "@fairway/contract/profiles.ts";
import type { LaunchRequest, Session } from "@fairway/contract/sessions.ts";
import type { Command } from "commander";
import { type CommonOptions, connect, printJson } from "../cli.ts";
import type { Client } from "../client.ts";
import { parseSeconds } from "../durations.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { openBrowser } from "../open-browser.ts";
import { addCommand, collect } from "../program.ts";
import { createProgress } from "../progress.ts";
import { type Terminal, toLine } from "../terminal.ts";
import { watchSession } from "../watch-session.ts";

interface LaunchOptions extends CommonOptions {
  readonly name?: string;
  readonly set?: readonly string[];
  readonly wait: boolean;
  readonly timeout?: string;
  readonly open?: boolean;
}

export function addLaunch(program: Command, terminal: Terminal): void {
  addCommand(program, "launch <profile>", "Launch a session and wait until it is ready", [
    "fairway launch jupyterlab --set cores=2 --open",
    "fairway launch jupyterlab --name second --no-wait --json",
  ])
    .option("--name <name>", "its name; without one it is your default session")
    .option("--set <option=value>", "an option of the profile (may be repeated)", collect)
    .option("--no-wait", "do not wait until it is ready")
    .option("--timeout <time>", "wait no longer than this (90s, 15m, 2h); the session goes on")
    .option("--open", "open it in the browser when it is ready")
    .action(async (profile: string, options: LaunchOptions) => {
      const timeoutMs = options.timeout === undefined ? null : parseSeconds(options.timeout) * 1000;
      const client = connect(terminal, options);
      const launched = await client.call("launch", { body: await toRequest(client, profile, options) });
      if (options.json !== true)
        terminal.stderr.write(`Session ${launched.id}: ${launched.profile?.title ?? launched.app.title} on ${launched.cluster.title}\n`);
      const session = options.wait ? await waitUntilReady(terminal, client, launched, timeoutMs) : launched;
      if (options.json === true) printJson(terminal, session);
      else terminal.stdout.write(`${client.urlOf(session.url)}\n`);
      if (options.open === true) await openBrowser(terminal, client.urlOf(session.url));
    });
}

async function toRequest(client: Client, name: string, options: LaunchOptions): Promise<LaunchRequest> {
  const { profiles } = await client.call("profiles");
  const profile = profiles.find((candidate) => candidate.name === name);
  if (profile === undefined) {
    throw new CliFailure(EXIT.notFound, `There is no profile "${name}".`, {
      next: `You can launch: ${profiles.map((one) => one.name).join(", ") || "nothing"}.`,
    });
  }
  return {
    profile: name,
    name: options.name ?? "",
    options: Object.fromEntries((options.set ?? []).map((setting) => parseSetting(profile, setting))),
  };
}

/** The hub checks the bounds; here a value only gets the type that its option has. */
function parseSetting(profile: Profile, setting: string): [string, string | number] {
  const [, name = "", value = ""] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
  const option = profile.options.find((candidate) => candidate.name === name);
  if (option === undefined) {
    const known = profile.options.map((one) => one.name).join(", ");
    throw new CliFailure(EXIT.usage, `"${setting}" sets no option of the profile ${profile.name}.`, {
      next: known === "" ? "This profile has no options." : `Its options are: ${known}. Write --set ${profile.options[0]?.name}=VALUE.`,
    });
  }
  if (option.kind === "choice") return [name, option.choices.find((choice) => String(choice.value) === value)?.value ?? value];
  if (option.kind === "text") return [name, value];
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number)) throw new CliFailure(EXIT.usage, `${name} takes a number, not "${value}".`);
  return [name, number];
}

async function waitUntilReady(terminal: Terminal, client: Client, launched: Session, timeoutMs: number | null): Promise<Session> {
  const signal = timeoutMs === null ? terminal.signal : AbortSignal.any([terminal.signal, AbortSignal.timeout(timeoutMs)]);
  const progress = createProgress(terminal, { hasSteps: true });
  let session = launched;
  try {
    for await (session of watchSession(client, launched.id, signal)) {
      progress.show(session);
      if (session.state === "ready") return session;
      if (session.state === "ended") throw toEnded(session);
    }
    signal.throwIfAborted();
    return session;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw leave(session, terminal.signal.aborted);
  } finally {
    progress.close();
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
