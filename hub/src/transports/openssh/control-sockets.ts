/**
 * Masters are known by their control sockets in RUNTIME_DIR/ssh, so that they outlive the hub that started them and the
 * next one finds them. Each attempt to start one has a socket name of its own: an attempt that a killed hub left behind
 * comes up at a name that can be found and ended, and stands in nobody's way.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Exec } from "../types.ts";
import { controlArgv, type SshSettings } from "./ssh-options.ts";

/** One that is taken for dead takes open sessions along: a busy machine shall have its time. */
const CONTROL_TIMEOUT_MS = 20_000;

export const socketsFolder = (runtimeDir: string) => join(runtimeDir, "ssh");
export const forwardsFolder = (runtimeDir: string) => join(runtimeDir, "routes");
/** Of a socket or a key file: 9 characters. ssh adds 17 of its own to a socket's name while it makes it. */
export const freshName = (kind: "p" | "k") => `${kind}${randomBytes(4).toString("hex")}`;

export function makePrivateFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

/** The names of one cluster's standing masters. */
export class StandingNames {
  readonly #folder: string;
  readonly #cluster: string;
  readonly #settings: string;

  constructor(runtimeDir: string, cluster: string, settings: SshSettings) {
    this.#folder = makePrivateFolder(socketsFolder(runtimeDir));
    this.#cluster = `m${digest(cluster).slice(0, 6)}-`;
    this.#settings = `${this.#cluster}${digest(JSON.stringify(settings)).slice(0, 4)}-`;
  }

  fresh(hostIndex: number): string {
    return join(this.#folder, `${this.#settings}${hostIndex}-${randomBytes(3).toString("hex")}`);
  }

  /** Those that were started, of these settings or of earlier ones, alive or not. */
  async list(): Promise<{ socket: string; hostIndex: number | null }[]> {
    const names = (await readdir(this.#folder)).filter((name) => name.startsWith(this.#cluster)).sort();
    return names.map((name) => ({
      socket: join(this.#folder, name),
      hostIndex: name.startsWith(this.#settings) ? Number.parseInt(name.slice(this.#settings.length), 10) : null,
    }));
  }
}

export async function isAlive(exec: Exec, socket: string): Promise<boolean> {
  return (await ask(exec, controlArgv(socket, "check"))) === 0;
}

/** Ends the master at this socket, if there is one, and removes the socket. */
export async function endMaster(exec: Exec, socket: string): Promise<void> {
  await ask(exec, controlArgv(socket, "exit"));
  await rm(socket, { force: true });
}

/** Ends every master of this Fairway, with all that goes through them. For when the whole of it ends. */
export async function endMasters(runtimeDir: string, exec: Exec): Promise<void> {
  const [sockets, forwards] = await Promise.all([socketsFolder(runtimeDir), forwardsFolder(runtimeDir)].map(listFolder));
  await Promise.all((sockets ?? []).map((file) => endMaster(exec, file)));
  await Promise.all((forwards ?? []).map((file) => rm(file, { force: true })));
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).map((name) => join(folder, name));
  } catch (error) {
    // Nothing was ever connected here.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** The exit code; a master that does not answer is as good as none. */
async function ask(exec: Exec, argv: readonly [string, ...string[]]): Promise<number | null> {
  return exec({ argv }, { timeoutMs: CONTROL_TIMEOUT_MS }).then(
    ({ exitCode }) => exitCode,
    () => null,
  );
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex");
