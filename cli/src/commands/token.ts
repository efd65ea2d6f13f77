/** `fairway token`: tokens for programs and other machines. */
import type { Token } from "@fairway/contract/accounts.ts";
import { SCOPES } from "@fairway/contract/scopes.ts";
import type { Command } from "commander";
import { type CommonOptions, connect, printJson } from "../cli.ts";
import { parseSeconds } from "../durations.ts";
import { addCommand, collect } from "../program.ts";
import { type Column, createPaint, formatTable, type Terminal } from "../terminal.ts";

interface CreateOptions extends CommonOptions {
  readonly note: string;
  readonly scope?: readonly string[];
  readonly expires: string;
}

const COLUMNS: readonly Column<Token>[] = [
  { title: "ID", text: ({ id }) => id },
  { title: "NOTE", text: ({ note }) => note },
  { title: "SCOPES", text: ({ scopes }) => scopes.join(" ") },
  { title: "CREATED", text: ({ createdAt }) => toDay(createdAt) },
  { title: "LAST USED", text: ({ lastUsedAt }) => (lastUsedAt === null ? "never" : toDay(lastUsedAt)) },
  { title: "EXPIRES", text: ({ expiresAt }) => (expiresAt === null ? "never" : toDay(expiresAt)) },
];

export function addToken(program: Command, terminal: Terminal): void {
  const token = program.command("token").description("List, create and revoke your tokens").helpGroup("Account:");

  addCommand(token, "list", "List your tokens (never their values)", ["fairway token list", "fairway token list --json"]).action(
    async (options: CommonOptions) => {
      const list = await connect(terminal, options).call("listTokens");
      if (options.json === true) return printJson(terminal, list);
      terminal.stdout.write(formatTable(COLUMNS, list.tokens, createPaint(terminal.stdout, terminal.env)));
    },
  );

  addCommand(token, "create", "Create a token; its value is shown this once", [
    "fairway token create --note laptop",
    // What `fairway launch` needs, and no more.
    "fairway token create --note ci --scope start:servers --scope read:servers --scope read:hub --expires 1d",
  ])
    .requiredOption("--note <text>", "what it is for")
    .option("--scope <scope>", `one of ${Object.keys(SCOPES).join(", ")} (may be repeated; self if none)`, collect)
    .option("--expires <time>", "how long it lives (12h, 30d)", "30d")
    .action(async (options: CreateOptions) => {
      const expiresInSeconds = parseSeconds(options.expires);
      const scopes = options.scope ?? ["self"];
      const made = await connect(terminal, options).call("createToken", { body: { note: options.note, scopes, expiresInSeconds } });
      if (options.json === true) return printJson(terminal, made);
      terminal.stdout.write(`${made.token}\n`);
      terminal.stderr.write(`This is token ${made.info.id}. It is shown this once and kept nowhere.\n`);
    });

  addCommand(token, "revoke <id...>", "Revoke tokens at once", [
    "fairway token revoke k3x9qa2mw4tz",
    "fairway token revoke ID1 ID2",
  ]).action(async (ids: readonly string[], options: CommonOptions) => {
    const client = connect(terminal, options);
    for (const id of ids) await client.call("revokeToken", { params: { id } });
    if (options.json === true) return printJson(terminal, { revoked: ids });
    terminal.stderr.write(`Revoked: ${ids.join(", ")}. What used them is cut off.\n`);
  });
}

function toDay(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}
