/**
 * Where a site's SSH files lie on this machine: `~/.config/fairway/ssh/SITE/`, for their owner alone. One private key
 * for each site, made here and sent nowhere.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { credentialsPath, type Env } from "./credentials.ts";
import { CliFailure, EXIT } from "./failure.ts";

const run = promisify(execFile);

export interface SshFolder {
  readonly path: string;
  readonly key: string;
  readonly certificate: string;
  /** When the certificate begins and ends, so that it need not be taken apart. */
  readonly times: string;
  readonly knownHosts: string;
  readonly config: string;
}

export function sshFolderOf(env: Env, site: URL): SshFolder {
  const path = join(sshHome(env), `${site.host}${site.pathname.replace(/\/$/, "")}`.replace(/[^A-Za-z0-9.-]/g, "_"));
  return {
    path,
    key: join(path, "id_ed25519"),
    certificate: join(path, "id_ed25519-cert.pub"),
    times: join(path, "certificate.json"),
    knownHosts: join(path, "known_hosts"),
    config: join(path, "config"),
  };
}

/** What all sites' folders lie in. */
export function sshHome(env: Env): string {
  return join(dirname(credentialsPath(env)), "ssh");
}

/**
 * The public half of this site's key; the key is made when there is none, and never written over.
 * @throws CliFailure where OpenSSH is not installed
 */
export async function ensureKey({ path, key }: SshFolder, signal: AbortSignal): Promise<string> {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (!existsSync(key)) await makeKey(key, signal);
  return (await keygen(["-y", "-f", key], signal)).trim();
}

/** Beside it first, then linked into place: of two that make one at the same moment, one counts for both. */
async function makeKey(key: string, signal: AbortSignal): Promise<void> {
  const draft = `${key}.${randomBytes(6).toString("hex")}`;
  try {
    await keygen(["-q", "-t", "ed25519", "-N", "", "-C", `fairway@${hostname()}`, "-f", draft], signal);
    linkSync(draft, key);
  } catch (error) {
    // Somebody else made it in the same moment.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    for (const file of [draft, `${draft}.pub`]) rmSync(file, { force: true });
  }
}

async function keygen(argv: readonly string[], signal: AbortSignal): Promise<string> {
  try {
    return (await run("ssh-keygen", argv, { signal })).stdout;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    throw new CliFailure(EXIT.failed, "OpenSSH is not installed here: there is no ssh-keygen.", { cause: error });
  }
}

/** Whole or not at all, and never readable by others. */
export function writePrivately(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  writeFileSync(draft, text, { mode: 0o600, flag: "wx" });
  renameSync(draft, file);
}

/** @returns null when there is no such file */
export function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
