/** All commands of the CLI, put together. */
import type { Command } from "commander";
import { addAccount } from "./commands/account.ts";
import { addCertificate } from "./commands/certificate.ts";
import { addClusters } from "./commands/clusters.ts";
import { addExtend } from "./commands/extend.ts";
import { addLaunch } from "./commands/launch.ts";
import { addLogin } from "./commands/login.ts";
import { addLogs } from "./commands/logs.ts";
import { addList } from "./commands/ls.ts";
import { addOpen } from "./commands/open.ts";
import { addProfiles } from "./commands/profiles.ts";
import { addRelaunch } from "./commands/relaunch.ts";
import { addShow } from "./commands/show.ts";
import { addSsh } from "./commands/ssh.ts";
import { addSshConfig } from "./commands/ssh-config.ts";
import { addSshKey } from "./commands/ssh-key.ts";
import { addStartInstead } from "./commands/start-instead.ts";
import { addStop } from "./commands/stop.ts";
import { addToken } from "./commands/token.ts";
import { OPERATOR_VERBS } from "./operator.ts";
import { createProgram } from "./program.ts";
import type { Terminal } from "./terminal.ts";

export function buildProgram(terminal: Terminal): Command {
  const program = createProgram(OPERATOR_VERBS);
  const sessions = [addLaunch, addList, addShow, addOpen, addSsh, addLogs, addExtend, addStop, addRelaunch, addStartInstead];
  for (const add of [...sessions, addProfiles, addClusters]) add(program, terminal);
  program.commandsGroup("Account:");
  for (const add of [addLogin, addAccount, addToken, addSshConfig, addSshKey, addCertificate]) add(program, terminal);
  // Commander would end the process itself; here an error is an exception and main decides.
  for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) command.exitOverride();
  return program;
}
