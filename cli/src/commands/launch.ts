/** `fairway launch`: asks for a session and waits until it answers; or, with --dry-run, says what would come of it. */
import type { LaunchRequest } from "@fairway/contract/sessions.ts";
import type { Command } from "commander";
import { connect } from "../cli.ts";
import { showDryRun } from "../dry-run.ts";
import { addCommand, collect } from "../program.ts";
import { findProfile, parseSettings } from "../settings.ts";
import type { Terminal } from "../terminal.ts";
import { addWaitOptions, finishLaunch, parseTimeoutMs, type WaitOptions } from "../wait-until-ready.ts";

interface LaunchOptions extends WaitOptions {
  readonly name?: string;
  readonly set?: readonly string[];
  readonly dryRun?: boolean;
}

export function addLaunch(program: Command, terminal: Terminal): void {
  const command = addCommand(program, "launch <profile>", "Launch a session and wait until it is ready", [
    "fairway launch jupyterlab --set cores=2 --open",
    "fairway launch jupyterlab --name second --no-wait --json",
  ])
    .option("--name <name>", "its name; without one it is your default session")
    .option("--set <option=value>", "an option of the profile (may be repeated)", collect)
    .option("--dry-run", "launch nothing: say whether and when it would start, and print its job script");
  addWaitOptions(command).action(async (name: string, options: LaunchOptions) => {
    const timeoutMs = parseTimeoutMs(options);
    const client = connect(terminal, options);
    const profile = await findProfile(client, name);
    const request = { profile: name, name: options.name ?? "", options: parseSettings(profile, options.set ?? []) } satisfies LaunchRequest;
    if (options.dryRun === true) return showDryRun(terminal, client, request, options.json === true);
    const launched = await client.call("launch", { body: request });
    return finishLaunch(terminal, client, launched, options, timeoutMs);
  });
}
