/** `fairway ssh-config`: what stock ssh needs to know of a site. Nobody's own ssh_config is changed unasked. */
import { mkdirSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { type CommonOptions, connect, printJson } from "../cli.ts";
import type { Env } from "../credentials.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { addCommand } from "../program.ts";
import { confirm } from "../read-secret.ts";
import { fetchCertificate, freshCertificate } from "../ssh-certificate.ts";
import { formatSshConfig } from "../ssh-config.ts";
import { readIfThere, type SshFolder, sshFolderOf, sshHome, writePrivately } from "../ssh-folder.ts";
import type { Terminal } from "../terminal.ts";

interface Options extends CommonOptions {
  readonly write?: boolean;
  readonly include?: boolean;
  readonly name: string;
}

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

export function addSshConfig(program: Command, terminal: Terminal): void {
  addCommand(program, "ssh-config", "What ssh and VS Code need to reach sessions", [
    "fairway ssh-config --write",
    "fairway ssh-config --name hpc >> ~/.ssh/config",
  ])
    .option("--write", "into a file of its own, which ~/.ssh/config includes by one line")
    .option("--include", "with --write: put that line into ~/.ssh/config without asking")
    .option("--name <name>", "what you type after ssh", "fairway")
    .action((options: Options) => sshConfig(terminal, options));
}

async function sshConfig(terminal: Terminal, options: Options): Promise<void> {
  const { env, stdout, stderr, signal, now } = terminal;
  const { name: alias } = options;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(alias)) throw new CliFailure(EXIT.usage, `"${alias}" cannot be a Host of ssh.`);
  const client = connect(terminal, options);
  const folder = sshFolderOf(env, client.site);
  ensureFree(env, folder, alias);
  const [me, access, { sessions }] = await Promise.all([
    client.call("me"),
    client.call("sshAccess"),
    client.call("listSessions", { query: { show: "open" } }),
  ]);
  if (freshCertificate(folder, now()) === null) await fetchCertificate(client, folder, signal);
  const names = sessions.map(({ name }) => name).toSorted();
  const block = { site: client.site.href, alias, user: me.name, sessions: names, access, folder, program: [process.execPath, MAIN] };
  const text = formatSshConfig(block);
  if (options.write === true) writePrivately(folder.config, text);
  if (options.json === true)
    return printJson(terminal, { name: alias, host: access.host, port: access.port, file: folder.config, config: text });
  if (options.write !== true) return void stdout.write(text);
  stderr.write(`Written to ${folder.config}. `);
  await include(terminal, options.include === true);
  stderr.write(`Now \`ssh ${alias}\` gets you into your session, \`ssh ${me.name}+NAME@${alias}\` into that of a name.\n`);
}

/** Two sites of one name: ssh would take whichever comes first. @throws CliFailure (usage) */
function ensureFree(env: Env, folder: SshFolder, alias: string): void {
  const home = sshHome(env);
  const others = readIfFolder(home)
    .map((name) => join(home, name, "config"))
    .filter((file) => file !== folder.config);
  const taken = others.find((file) => readIfThere(file)?.split("\n").includes(`Host ${alias}`));
  if (taken === undefined) return;
  throw new CliFailure(EXIT.usage, `Another site is called ${alias} in ${taken}.`, { next: "Give this one another name: --name NAME." });
}

/** It must come before the first Host, so it is put first. */
async function include({ env, stdin, stderr, signal }: Terminal, isAgreed: boolean): Promise<void> {
  const home = env.HOME ?? "/";
  const own = join(home, ".ssh", "config");
  const files = join(sshHome(env), "*", "config");
  const line = `Include ${files.startsWith(`${home}/`) ? `~${files.slice(home.length)}` : files}`;
  const text = readIfThere(own) ?? "";
  if (text.split("\n").some((each) => each.trim() === line)) return;
  const isWanted = isAgreed || (stdin.isTTY && (await confirm({ stdin, stderr, signal }, `Put the line "${line}" at the top of ${own}?`)));
  if (!isWanted) return void stderr.write(`Put this line at the top of ${own}:\n\n  ${line}\n\n`);
  mkdirSync(dirname(own), { recursive: true, mode: 0o700 });
  // It may be a link into somebody's collection of such files: that stays one.
  writePrivately(text === "" ? own : realpathSync(own), `${line}\n\n${text}`);
  stderr.write(`${own} includes it.\n`);
}

function readIfFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    // Nothing was ever written there.
    return [];
  }
}
