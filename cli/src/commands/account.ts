/** `fairway login`, `logout` and `whoami`: which site, and as whom. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { type CommonOptions, connect, printJson, trustAuthority } from "../cli.ts";
import { createClient } from "../client.ts";
import { isExposed, parseSite, readCredentials, writeCredentials } from "../credentials.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { addCommand } from "../program.ts";
import { readSecret } from "../read-secret.ts";
import type { Terminal } from "../terminal.ts";

export function addAccount(program: Command, terminal: Terminal): void {
  addCommand(program, "login", "Sign in to a site with a token", [
    "fairway login --url https://fairway.example.org/",
    "fairway login --url https://fairway.example.org/ < token-file",
  ]).action((options: CommonOptions) => login(terminal, options));
  addCommand(program, "logout", "Forget a site's token on this machine", ["fairway logout", "fairway logout --url URL"]).action(
    (options: CommonOptions) => logout(terminal, options),
  );
  addCommand(program, "whoami", "Who you are, and what you may do", ["fairway whoami", "fairway whoami --json"]).action(
    async (options: CommonOptions) => {
      const client = connect(terminal, options);
      const me = await client.call("me");
      if (options.json === true) return printJson(terminal, { site: client.site.href, ...me });
      terminal.stdout.write(`${me.name} (${me.role}) at ${client.site.href}\n`);
      terminal.stdout.write(`scopes: ${me.scopes.join(" ")}\nsessions: ${me.limits.running} of ${me.limits.allowed}\n`);
    },
  );
}

/** The token is tried before it is kept. */
async function login(terminal: Terminal, options: CommonOptions): Promise<void> {
  const { env, stderr, signal } = terminal;
  const named = options.url ?? env.FAIRWAY_URL;
  if (!named) throw new CliFailure(EXIT.usage, "Which site is meant?", { next: "Run `fairway login --url URL` with its address." });
  const site = parseSite(named);
  const ca = options.ca ?? (env.FAIRWAY_CA || undefined);
  if (ca !== undefined) trustAuthority(ca);
  if (isExposed(site)) stderr.write(`${site.href} is not encrypted: whoever is on the way can read your token.\n`);
  const ask = `Make a token at ${new URL("hub/token", site).href} and paste it here: `;
  const token = env.FAIRWAY_TOKEN || (await readSecret(terminal, ask));
  const client = createClient({ site, token, signal });
  const me = await client.call("me");
  const { sites } = readCredentials(env);
  const stored = ca === undefined ? { token } : { token, ca: resolve(ca) };
  writeCredentials(env, { current: site.href, sites: { ...sites, [site.href]: stored } });
  if (options.json === true) return printJson(terminal, { site: site.href, ...me });
  stderr.write(`Signed in to ${site.href} as ${me.name}.\n`);
}

function logout(terminal: Terminal, options: CommonOptions): void {
  const { current, sites } = readCredentials(terminal.env);
  const named = options.url ?? (terminal.env.FAIRWAY_URL || current);
  const site = named === null ? null : parseSite(named).href;
  const kept = Object.fromEntries(Object.entries(sites).filter(([url]) => url !== site));
  writeCredentials(terminal.env, { current: current === site ? null : current, sites: kept });
  const said = site === null ? "You were signed in nowhere." : `Forgot the token for ${site}. It is still valid until it is revoked.`;
  if (options.json === true) printJson(terminal, { site });
  else terminal.stderr.write(`${said}\n`);
}
