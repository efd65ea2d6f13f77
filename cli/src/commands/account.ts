/** `fairway logout` and `whoami`: which site, and as whom. */
import type { Command } from "commander";
import { type CommonOptions, connect, printJson } from "../cli.ts";
import { parseSite, readCredentials, writeCredentials } from "../credentials.ts";
import { addCommand } from "../program.ts";
import { forgetCertificate } from "../ssh-certificate.ts";
import { sshFolderOf } from "../ssh-folder.ts";
import type { Terminal } from "../terminal.ts";

export function addAccount(program: Command, terminal: Terminal): void {
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

function logout(terminal: Terminal, options: CommonOptions): void {
  const { current, sites } = readCredentials(terminal.env);
  const named = options.url ?? (terminal.env.FAIRWAY_URL || current);
  const site = named === null ? null : parseSite(named).href;
  const kept = Object.fromEntries(Object.entries(sites).filter(([url]) => url !== site));
  writeCredentials(terminal.env, { current: current === site ? null : current, sites: kept });
  if (site !== null) forgetCertificate(sshFolderOf(terminal.env, parseSite(site)));
  const said =
    site === null
      ? "You were signed in nowhere."
      : `Forgot the token for ${site}, and the certificate for ssh. Both are still valid until the token is revoked.`;
  if (options.json === true) printJson(terminal, { site });
  else terminal.stderr.write(`${said}\n`);
}
