/** All commands of the CLI, put together. */
import type { Command } from "commander";
import { addAccount } from "./commands/account.ts";
import { addLaunch } from "./commands/launch.ts";
import { addLogs } from "./commands/logs.ts";
import { addList } from "./commands/ls.ts";
import { addOpen } from "./commands/open.ts";
import { addProfiles } from "./commands/profiles.ts";
import { addStop } from "./commands/stop.ts";
import { addToken } from "./commands/token.ts";
import { OPERATOR_VERBS } from "./operator.ts";
import { createProgram } from "./program.ts";
import type { Terminal } from "./terminal.ts";

export function buildProgram(terminal: Terminal): Command {
  const program = createProgram(OPERATOR_VERBS);
  for (const add of [addLaunch, addList, addOpen, addLogs, addStop, addProfiles]) add(program, terminal);
  program.commandsGroup("Account:");
  for (const add of [addAccount, addToken]) add(program, terminal);
  // Commander would end the process itself; here an error is an exception and main decides.
  for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) command.exitOverride();
  return program;
}
