/** `fairway login`: by a browser, or with a token; then, where the site has a door, a certificate for ssh. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { type CommonOptions, printJson, trustAuthority } from "../cli.ts";
import { type Client, createClient } from "../client.ts";
import { isExposed, parseSite, readCredentials, writeCredentials } from "../credentials.ts";
import { signInByDevice } from "../device-sign-in.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { addCommand } from "../program.ts";
import { readSecret } from "../read-secret.ts";
import { fetchCertificate } from "../ssh-certificate.ts";
import { sshFolderOf } from "../ssh-folder.ts";
import type { Terminal } from "../terminal.ts";
import { formatMoment } from "../times.ts";

interface LoginOptions extends CommonOptions {
  readonly token?: boolean;
  readonly device?: boolean;
}

export function addLogin(program: Command, terminal: Terminal): void {
  addCommand(program, "login", "Sign in to a site, by browser or token", [
    "fairway login --url https://fairway.example.org/",
    "fairway login --url https://fairway.example.org/ < token-file",
  ])
    .option("--token", "paste a token instead; one in FAIRWAY_TOKEN or on standard input is taken without asking")
    .option("--device", "in a browser, even where standard input is no terminal")
    .action((options: LoginOptions) => login(terminal, options));
}

/** The token is tried before it is kept. */
async function login(terminal: Terminal, options: LoginOptions): Promise<void> {
  const { env, stderr, signal, now } = terminal;
  const named = options.url ?? env.FAIRWAY_URL;
  if (!named) throw new CliFailure(EXIT.usage, "Which site is meant?", { next: "Run `fairway login --url URL` with its address." });
  const site = parseSite(named);
  const ca = options.ca ?? (env.FAIRWAY_CA || undefined);
  if (ca !== undefined) trustAuthority(ca);
  if (isExposed(site)) stderr.write(`${site.href} is not encrypted: whoever is on the way can read your token.\n`);
  const token = await obtainToken(terminal, site, options);
  const client = createClient({ site, token, signal, now });
  const me = await client.call("me");
  const { sites } = readCredentials(env);
  const stored = ca === undefined ? { token } : { token, ca: resolve(ca) };
  writeCredentials(env, { current: site.href, sites: { ...sites, [site.href]: stored } });
  if (options.json !== true) stderr.write(`Signed in to ${site.href} as ${me.name}.\n`);
  await prepareSsh(terminal, client);
  if (options.json === true) printJson(terminal, { site: site.href, ...me });
}

function obtainToken(terminal: Terminal, site: URL, options: LoginOptions): Promise<string> {
  const { env, stdin, signal, now } = terminal;
  if (env.FAIRWAY_TOKEN) return Promise.resolve(env.FAIRWAY_TOKEN);
  if (options.device === true || (stdin.isTTY && options.token !== true)) {
    return signInByDevice(terminal, createClient({ site, token: null, signal, now }));
  }
  return readSecret(terminal, `Make a token at ${new URL("hub/token", site).href} and paste it here: `);
}

/** Whoever signs in for something else is not kept from it because ssh cannot be had. */
async function prepareSsh({ env, stderr, signal }: Terminal, client: Client): Promise<void> {
  try {
    const { times } = await fetchCertificate(client, sshFolderOf(env, client.site), signal);
    const until = formatMoment(times.expiresAt, client.now());
    stderr.write(
      `ssh into your sessions with \`fairway ssh\` (certificate until ${until}); for VS Code: \`fairway ssh-config --write\`.\n`,
    );
  } catch (error) {
    if (signal.aborted) throw error;
    // A site without a door is no news.
    if (error instanceof CliFailure && error.exitCode === EXIT.notFound) return;
    stderr.write(`No certificate for ssh: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
