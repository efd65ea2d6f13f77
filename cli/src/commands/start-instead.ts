/** `fairway start-instead`: another shape in the place of a session that waits. */
import type { Session } from "@fairway/contract/sessions.ts";
import type { Command } from "commander";
import { connect, printJson } from "../cli.ts";
import type { Client } from "../client.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { pickSession } from "../pick-session.ts";
import { addCommand, collect } from "../program.ts";
import { describeAlternatives } from "../session-words.ts";
import { findProfile, parseSettings, type Settings } from "../settings.ts";
import { type Terminal, toLine } from "../terminal.ts";
import { addWaitOptions, finishLaunch, parseTimeoutMs, type WaitOptions } from "../wait-until-ready.ts";
import { watchSession } from "../watch-session.ts";

interface StartInsteadOptions extends WaitOptions {
  readonly take?: string;
  readonly set?: readonly string[];
}

export function addStartInstead(program: Command, terminal: Terminal): void {
  const command = addCommand(program, "start-instead [session]", "Swap a waiting session for another shape", [
    "fairway start-instead",
    "fairway start-instead second --take 1",
  ])
    .option("--take <number>", "take this one of those that would start at once; without, they are listed")
    .option("--set <option=value>", "take the session's own options with this one changed (may be repeated)", collect);
  addWaitOptions(command).action(async (wanted: string | undefined, options: StartInsteadOptions) => {
    const timeoutMs = parseTimeoutMs(options);
    const client = connect(terminal, options);
    const waiting = await pickSession(client, wanted);
    if (options.take === undefined && options.set === undefined) return list(terminal, client, waiting, options.json === true);
    const chosen =
      options.take === undefined ? await change(client, waiting, options.set ?? []) : await take(client, waiting, options.take);
    const stopping = await client.call("startInstead", { params: { id: waiting.id }, body: { options: chosen } });
    if (!options.wait) {
      if (options.json === true) return printJson(terminal, stopping);
      return void terminal.stderr.write(`${waiting.id}  ${toLine(stopping.line)} The other shape starts under its name.\n`);
    }
    const heir = await findHeir(terminal, client, waiting);
    return finishLaunch(terminal, client, heir, options, timeoutMs);
  });
}

async function list(terminal: Terminal, client: Client, { id }: Session, isJson: boolean): Promise<void> {
  const found = await client.call("alternatives", { params: { id } });
  if (isJson) return printJson(terminal, found);
  const lines = describeAlternatives(found.alternatives);
  for (const line of lines) terminal.stdout.write(`${toLine(line)}\n`);
  terminal.stderr.write(
    lines.length === 0 ? "Nothing of its profile would start at once.\n" : `Take one with \`fairway start-instead ${id} --take 1\`.\n`,
  );
}

async function take(client: Client, { id }: Session, number: string): Promise<Settings> {
  const { alternatives } = await client.call("alternatives", { params: { id } });
  const chosen = /^\d+$/.test(number) ? alternatives[Number(number) - 1] : undefined;
  if (chosen !== undefined) return chosen.options;
  const lines = describeAlternatives(alternatives)
    .map((line) => `\n  ${toLine(line)}`)
    .join("");
  throw new CliFailure(EXIT.usage, `There is no choice ${toLine(number)}.${lines === "" ? " Nothing would start at once." : lines}`);
}

async function change(client: Client, session: Session, settings: readonly string[]): Promise<Settings> {
  if (session.profile === null) throw new CliFailure(EXIT.failed, "It was not launched from a profile that still exists.");
  return { ...session.options, ...parseSettings(await findProfile(client, session.profile.name), settings) };
}

/** The other one is launched in the moment in which this one ends, under its name. */
async function findHeir(terminal: Terminal, client: Client, old: Session): Promise<Session> {
  for await (const session of watchSession(client, old.id, terminal.signal)) if (session.state === "ended") break;
  terminal.signal.throwIfAborted();
  const { sessions } = await client.call("listSessions", { query: { show: "all", limit: "50" } });
  const heir = sessions.find(({ id, name, createdAt }) => name === old.name && id !== old.id && createdAt >= old.createdAt);
  if (heir !== undefined) return heir;
  throw new CliFailure(EXIT.failed, "It has ended, and nothing was started in its place.", {
    next: "Launch it again: `fairway relaunch`.",
  });
}
