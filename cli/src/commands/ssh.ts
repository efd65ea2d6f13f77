/** `fairway ssh`: the system's own ssh, into a session. This process becomes it: its terminal, its signals, its exit code. */
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { type CommonOptions, connect, printJson } from "../cli.ts";
import type { Env } from "../credentials.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { pickSession } from "../pick-session.ts";
import { addCommand } from "../program.ts";
import { fetchCertificate, freshCertificate } from "../ssh-certificate.ts";
import { certificateOption, doorUser, formatOptions } from "../ssh-config.ts";
import { sshFolderOf } from "../ssh-folder.ts";
import type { Terminal } from "../terminal.ts";

export function addSsh(program: Command, terminal: Terminal): void {
  const examples = ["fairway ssh", "fairway ssh second -- nvidia-smi"] as const;
  const command = addCommand(
    program,
    "ssh [session...]",
    "A shell on a session's node, or a command",
    examples,
    "print ssh's words, run nothing",
  );
  command.usage("[options] [session] [-- command...]").action(async (args: readonly string[], options: CommonOptions) => {
    const { session, words } = splitAtDashes(args, typedWords(program));
    const argv = await sshCommand(terminal, session, words, options);
    if (options.json === true) return printJson(terminal, { argv });
    become(findProgram(terminal.env, "ssh"), argv, terminal.env);
  });
}

/** As they were typed: commander takes the two dashes away. (Its types do not name what it keeps them in.) */
function typedWords(program: Command): readonly string[] {
  return "rawArgs" in program && Array.isArray(program.rawArgs) ? program.rawArgs.map(String) : [];
}

/** What stands after `--` is for the node, also when no session is named before it. */
function splitAtDashes(args: readonly string[], typed: readonly string[]): { session: string | undefined; words: readonly string[] } {
  const dashes = typed.indexOf("--");
  const words = dashes === -1 ? [] : typed.slice(dashes + 1);
  const before = args.slice(0, args.length - words.length);
  if (before.length > 1) {
    throw new CliFailure(EXIT.usage, `What is to be done with "${before.slice(1).join(" ")}"?`, {
      next: `Write a command after two dashes: fairway ssh ${before[0]} -- ${before.slice(1).join(" ")}`,
    });
  }
  return { session: before[0], words };
}

async function sshCommand(
  terminal: Terminal,
  wanted: string | undefined,
  words: readonly string[],
  options: CommonOptions,
): Promise<readonly string[]> {
  const { env, signal, now } = terminal;
  const client = connect(terminal, options);
  const { name: user } = await client.call("me");
  const session = wanted === undefined ? "" : (await pickSession(client, wanted)).name;
  const folder = sshFolderOf(env, client.site);
  const access =
    freshCertificate(folder, now()) === null ? (await fetchCertificate(client, folder, signal)).access : await client.call("sshAccess");
  const settings = [...formatOptions(access, folder), certificateOption(folder)].flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  return ["ssh", ...settings, "-l", doorUser(user, session), access.host, ...(words.length === 0 ? [] : ["--", ...words])];
}

function findProgram(env: Env, name: string): string {
  const places = (env.PATH ?? "/usr/bin:/bin").split(":").map((place) => join(place, name));
  const found = places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false; // Not here: the next place.
    }
  });
  if (found === undefined) throw new CliFailure(EXIT.failed, "OpenSSH is not installed here: there is no ssh.");
  return found;
}

function become(file: string, argv: readonly string[], env: Env): never {
  if (process.execve === undefined) throw new Error("this Node cannot replace its own process; Fairway needs Node 24 on Linux or macOS");
  return process.execve(file, argv, env);
}
