/** What every command works with: the terminal, and the way to the site that is meant. */
import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { type Client, createClient } from "./client.ts";
import { parseSite, readCredentials } from "./credentials.ts";
import { CliFailure, EXIT } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

/** Options that every command takes. */
export interface CommonOptions {
  readonly url?: string;
  readonly ca?: string;
  readonly json?: boolean;
}

/**
 * The site is --url, else FAIRWAY_URL, else the one last signed in to. The token is FAIRWAY_TOKEN,
 * else the one stored for that very site.
 */
export function connect(terminal: Terminal, options: CommonOptions): Client {
  const { env, signal, now } = terminal;
  const credentials = readCredentials(env);
  const named = options.url ?? (env.FAIRWAY_URL || credentials.current);
  if (named === null) {
    throw new CliFailure(EXIT.notSignedIn, "Not signed in anywhere yet.", {
      next: "Run `fairway login --url URL` with the address of your site.",
    });
  }
  const site = parseSite(named);
  const stored = credentials.sites[site.href];
  const ca = options.ca ?? (env.FAIRWAY_CA || stored?.ca);
  if (ca !== undefined) trustAuthority(ca);
  return createClient({ site, token: env.FAIRWAY_TOKEN || (stored?.token ?? null), signal, now });
}

/** Trusts the certificates of this PEM file beside those that Node trusts already. */
export function trustAuthority(file: string): void {
  try {
    setDefaultCACertificates([...getCACertificates("default"), readFileSync(file, "utf8")]);
  } catch (error) {
    throw new CliFailure(EXIT.usage, `${file} holds no certificate that can be read.`, { next: "--ca takes a PEM file.", cause: error });
  }
}

export function printJson(terminal: Terminal, value: unknown): void {
  terminal.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
