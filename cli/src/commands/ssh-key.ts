/** `fairway ssh-key`: keys that open your sessions for as long as they are registered. */
import { readFileSync } from "node:fs";
import { PublicKeyLine, type SshKey } from "@fairway/contract/ssh-access.ts";
import type { Command } from "commander";
import { type CommonOptions, connect, printJson } from "../cli.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { addCommand } from "../program.ts";
import { type Column, createPaint, formatTable, type Terminal } from "../terminal.ts";
import { formatMoment } from "../times.ts";

interface AddOptions extends CommonOptions {
  readonly note?: string;
}

export function addSshKey(program: Command, terminal: Terminal): void {
  const { env, stdout, stderr, now } = terminal;
  const columns: readonly Column<SshKey>[] = [
    { title: "ID", text: ({ id }) => id },
    { title: "NOTE", text: ({ note }) => note },
    { title: "TYPE", text: ({ type }) => type },
    { title: "FINGERPRINT", text: ({ fingerprint }) => fingerprint },
    { title: "LAST USED", text: ({ lastUsedAt }) => (lastUsedAt === null ? "never" : formatMoment(lastUsedAt, now())) },
  ];
  const sshKey = program.command("ssh-key").description("List, register and remove your SSH keys").helpGroup("Account:");

  addCommand(sshKey, "list", "List your SSH keys", ["fairway ssh-key list", "fairway ssh-key list --json"]).action(
    async (options: CommonOptions) => {
      const list = await connect(terminal, options).call("listSshKeys");
      if (options.json === true) return printJson(terminal, list);
      stdout.write(formatTable(columns, list.keys, createPaint(stdout, env)));
    },
  );

  addCommand(sshKey, "add <file>", "Register a public key: who has its other half gets into your sessions", [
    "fairway ssh-key add ~/.ssh/id_ed25519.pub",
    'fairway ssh-key add ~/.ssh/id_ed25519_sk.pub --note "security key"',
  ])
    .option("--note <text>", "what it is for; the key's own comment unless told")
    .action(async (file: string, options: AddOptions) => {
      const publicKey = readPublicKey(file);
      const key = await connect(terminal, options).call("addSshKey", { body: { publicKey, note: options.note ?? "" } });
      if (options.json === true) return printJson(terminal, key);
      stderr.write(`Registered ${key.fingerprint} as ${key.id}.\n`);
    });

  addCommand(sshKey, "remove <id...>", "Remove keys at once", [
    "fairway ssh-key remove k3x9qa2mw4tz",
    "fairway ssh-key remove ID1 ID2",
  ]).action(async (ids: readonly string[], options: CommonOptions) => {
    const client = connect(terminal, options);
    for (const id of ids) await client.call("removeSshKey", { params: { id } });
    if (options.json === true) return printJson(terminal, { removed: ids });
    stderr.write(`Removed: ${ids.join(", ")}. Connections that they opened are cut.\n`);
  });
}

/** Only ever the public half: whatever else the file may be, it is not sent. @throws CliFailure (usage) */
function readPublicKey(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new CliFailure(EXIT.usage, `${file} could not be read.`, { next: "Name the file of a public key.", cause: error });
  }
  if (/PRIVATE KEY/.test(text)) {
    throw new CliFailure(EXIT.usage, `${file} is a private key: it was not sent.`, { next: `Name its public half: ${file}.pub` });
  }
  if (PublicKeyLine.safeParse(text).success) return text;
  throw new CliFailure(EXIT.usage, `${file} is no public key.`, { next: 'It holds one line: "ssh-ed25519 AAAA… comment".' });
}
