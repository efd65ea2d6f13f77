/** `fairway relaunch`: an ended session once more, with the same options or with others. */
import type { Session } from "@fairway/contract/sessions.ts";
import type { Command } from "commander";
import { connect } from "../cli.ts";
import type { Client } from "../client.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { pickEnded } from "../pick-session.ts";
import { addCommand, collect } from "../program.ts";
import { findProfile, parseSettings } from "../settings.ts";
import type { Terminal } from "../terminal.ts";
import { addWaitOptions, finishLaunch, parseTimeoutMs, type WaitOptions } from "../wait-until-ready.ts";

interface RelaunchOptions extends WaitOptions {
  readonly set?: readonly string[];
}

export function addRelaunch(program: Command, terminal: Terminal): void {
  const command = addCommand(program, "relaunch [session]", "Launch an ended session again", [
    "fairway relaunch",
    "fairway relaunch k3x9qa2mw4tz --set memory=8",
  ]).option("--set <option=value>", "another value for an option (may be repeated)", collect);
  addWaitOptions(command).action(async (wanted: string | undefined, options: RelaunchOptions) => {
    const timeoutMs = parseTimeoutMs(options);
    const client = connect(terminal, options);
    const ended = await pickEnded(client, wanted);
    const launched = await relaunch(client, ended, options.set ?? []);
    return finishLaunch(terminal, client, launched, options, timeoutMs);
  });
}

async function relaunch(client: Client, ended: Session, settings: readonly string[]): Promise<Session> {
  if (settings.length === 0) return client.call("relaunch", { params: { id: ended.id } });
  if (ended.profile === null)
    throw new CliFailure(EXIT.failed, "It was not launched from a profile that still exists.", {
      next: "Launch another: `fairway profiles`.",
    });
  const profile = await findProfile(client, ended.profile.name);
  const options = { ...ended.options, ...parseSettings(profile, settings) };
  const open = ended.openUrl.slice(ended.url.length);
  return client.call("launch", { body: { profile: profile.name, name: ended.name, options, open } });
}
