/** A throwaway Postgres for tests: own directory, Unix socket only, gone when it is stopped. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, chownSync, constants, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

const DEBIAN = "/usr/lib/postgresql";
const START_DEADLINE_MS = 30_000;
const SPEED = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB"];

export interface Postgres {
  /** Makes an empty database and answers its URL. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** @throws when Postgres is not installed, with what to do about it. */
export async function startPostgres(): Promise<Postgres> {
  const bin = findPostgres();
  const account = unprivilegedAccount();
  const directory = mkdtempSync(join(tmpdir(), "fw-pg-"));
  try {
    if (account !== null) chownSync(directory, account.uid, account.gid);
    const data = join(directory, "data");
    const env = { PATH: process.env.PATH ?? "", LC_ALL: "C" };
    const initdb = ["-D", data, "-U", "fairway", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"];
    execFileSync(join(bin, "initdb"), initdb, { ...account, env, cwd: directory, stdio: "pipe" });
    const settings = [...SPEED, "listen_addresses=", `unix_socket_directories=${directory}`].flatMap((setting) => ["-c", setting]);
    const server = spawn(join(bin, "postgres"), ["-D", data, ...settings], { ...account, env, cwd: directory, stdio: "ignore" });
    try {
      await waitUntilReady(server, directory);
    } catch (error) {
      await end(server, directory);
      throw error;
    }
    return { createDatabase: () => createDatabase(directory), stop: () => end(server, directory) };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

/** The newest installed server; Debian keeps them off the PATH. */
function findPostgres(): string {
  try {
    const versions = readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a));
    for (const version of versions) {
      const bin = join(DEBIAN, version, "bin");
      accessSync(join(bin, "initdb"), constants.X_OK);
      return bin;
    }
  } catch {
    // No such directory, or a client-only installation: the same advice for both.
  }
  throw new Error("Postgres is not installed. Run script/setup, or set FAIRWAY_SKIP_POSTGRES=1 to leave these tests out.");
}

/** Postgres refuses to run as root; Debian's package brings the account `postgres`. */
function unprivilegedAccount(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}

function urlOf(directory: string, database: string): string {
  return `postgres://fairway@localhost/${database}?host=${encodeURIComponent(directory)}`;
}

async function query(directory: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(directory, "postgres") });
  client.on("error", () => {}); // the server going away at the end is no news
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

async function waitUntilReady(server: ChildProcess, directory: string): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    if (server.exitCode !== null || server.signalCode !== null) throw new Error("Postgres ended while starting");
    try {
      return await query(directory, "select 1");
    } catch (error) {
      if (Date.now() > deadline) throw new Error("Postgres did not answer in time", { cause: error });
      await sleep(50);
    }
  }
}

let created = 0;

async function createDatabase(directory: string): Promise<string> {
  created += 1;
  const name = `test_${created}`;
  await query(directory, `create database ${name}`);
  return urlOf(directory, name);
}

/** SIGINT is Postgres's fast shutdown; an ignored one is followed by SIGKILL. */
async function end(server: ChildProcess, directory: string): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    const exited = once(server, "exit");
    server.kill("SIGINT");
    const force = setTimeout(() => server.kill("SIGKILL"), 10_000);
    await exited;
    clearTimeout(force);
  }
  rmSync(directory, { recursive: true, force: true });
}
