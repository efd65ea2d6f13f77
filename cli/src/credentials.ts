/**
 * Which site, and with which token. A token is kept per site, readable by its owner alone; it is
 * taken from a file, the environment or standard input, never from the command line.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseQuietly } from "@fairway/contract/quiet-json.ts";
import { CliFailure, EXIT } from "./failure.ts";

export type Env = Readonly<Record<string, string | undefined>>;

export interface StoredSite {
  readonly token: string;
  /** A file with the certificate of the site's own authority. */
  readonly ca?: string;
}

export interface Credentials {
  /** The site that is meant when none is named. */
  readonly current: string | null;
  readonly sites: Readonly<Record<string, StoredSite>>;
}

const NONE: Credentials = { current: null, sites: {} };

export function credentialsPath(env: Env): string {
  const config = env.XDG_CONFIG_HOME || join(env.HOME ?? "/", ".config");
  return join(config, "fairway", "credentials.json");
}

/** @throws CliFailure when the file is there and cannot be understood: it is never overwritten then. */
export function readCredentials(env: Env): Credentials {
  const path = credentialsPath(env);
  try {
    const parsed = parseQuietly(readFileSync(path, "utf8"), "it holds something");
    if (isCredentials(parsed)) return parsed;
    throw new Error("it has another shape");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return NONE;
    throw new CliFailure(EXIT.failed, `${path} could not be read: ${error instanceof Error ? error.message : String(error)}.`, {
      next: "Mend or remove it, then run `fairway login` again.",
      cause: error,
    });
  }
}

/** Written whole or not at all, and never readable by others, not even for a moment. */
export function writeCredentials(env: Env, credentials: Credentials): void {
  const path = credentialsPath(env);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const half = `${path}.${process.pid}`;
  writeFileSync(half, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  chmodSync(half, 0o600);
  renameSync(half, path);
}

/** @throws CliFailure for what is no http(s) URL. Names and passwords in it are refused: they are secrets. */
export function parseSite(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new CliFailure(EXIT.usage, "The URL of a site looks like https://fairway.example.org/.", {
      next: "Give it with --url or FAIRWAY_URL.",
    });
  }
  url.search = "";
  url.hash = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** Over plain HTTP a token can be read by whoever is on the way. */
export function isExposed(site: URL): boolean {
  return site.protocol === "http:" && !/^(localhost|127\.[0-9.]+|\[::1\])$/.test(site.hostname);
}

function isCredentials(value: unknown): value is Credentials {
  if (typeof value !== "object" || value === null || !("sites" in value) || !("current" in value)) return false;
  const { sites, current } = value;
  if (typeof sites !== "object" || sites === null || !(current === null || typeof current === "string")) return false;
  return Object.values(sites).every((site: unknown) => typeof site === "object" && site !== null && "token" in site);
}
