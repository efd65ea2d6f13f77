/**
 * People's own connections, for `act_as: certificate`: one of somebody is there only around what is done as them. It is
 * opened with a fresh key and a certificate of some minutes, both gone from the disk as soon as it stands, and it ends by
 * itself when it has been idle for a minute, whatever becomes of us.
 */
import { readdirSync, rmSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { untilAborted } from "../../pause.ts";
import { type Exec, ExecError } from "../types.ts";
import { endMaster, freshName, isAlive, makePrivateFolder, socketsFolder } from "./control-sockets.ts";
import type { Login } from "./remote-exec.ts";
import { Slots } from "./slots.ts";
import { masterArgv, type SshSettings } from "./ssh-options.ts";
import type { Connection } from "./standing-master.ts";
import { startMaster } from "./start-master.ts";

/** A fresh key (OpenSSH's own format) and a certificate for it that is good for some minutes. */
export type SignUser = (user: string) => { readonly privateKey: string; readonly certificate: string };

/** The login node does not let this person in: nothing was done, and asking again changes nothing. */
export class LoginRefused extends Error {
  override readonly name = "LoginRefused";
}

export interface PersonMastersOptions {
  readonly ssh: SshSettings;
  readonly runtimeDir: string;
  readonly exec: Exec;
  readonly signUser: SignUser;
  /** The login node to go to: the one that the standing connection is at. */
  readonly host: (signal: AbortSignal) => Promise<string>;
  readonly onError: (error: unknown) => void;
}

const IDLE_SECONDS = 60;
/** Not used for so long, it may end in the next moment: another is opened instead. */
const TRUSTED_IDLE_MS = 40_000;
const MAX_PEOPLE = 64;
/** More at a time, and sshd drops some of them (MaxStartups, mostly 10). */
const MAX_STARTS = 5;
const SESSIONS_EACH = 8;

interface Entry {
  readonly socket: string;
  readonly connection: Promise<Connection>;
  readonly slots: Slots;
  /** `performance.now()`, of the last command's end. */
  usedAt: number;
  /** Commands that wait or run. */
  users: number;
}

export class PersonMasters {
  readonly #options: PersonMastersOptions;
  readonly #folder: string;
  readonly #entries = new Map<string, Entry>();
  readonly #starts = new Slots(MAX_STARTS);
  readonly #people = new Slots(MAX_PEOPLE);
  readonly #sweeps = new Set<Promise<void>>();
  readonly #ending = new AbortController();

  constructor(options: PersonMastersOptions) {
    this.#options = options;
    this.#folder = makePrivateFolder(socketsFolder(options.runtimeDir));
    removeForgottenKeys(this.#folder);
  }

  /** Runs `use` with a login as this person. @throws LoginRefused; ExecError "away" */
  async with<T>(user: string, signal: AbortSignal, use: (login: Login) => Promise<T>): Promise<T> {
    await this.#people.take(signal);
    let entry = this.#enter(user);
    const login: Login = {
      get slots() {
        return entry.slots;
      },
      connect: (given) => untilAborted(entry.connection, given),
      doubt: ({ socket }) => {
        if (entry.socket !== socket) return;
        this.#leave(entry);
        this.#drop(user, entry);
        entry = this.#enter(user);
      },
    };
    try {
      return await use(login);
    } finally {
      this.#leave(entry);
      this.#people.free();
    }
  }

  /**
   * A connection as this person for one thing that goes on for long. It ends with `end`, or by itself when it has been idle.
   * @throws LoginRefused; ExecError "away"
   */
  async open(user: string, signal: AbortSignal): Promise<{ readonly connection: Connection; readonly end: () => Promise<void> }> {
    const socket = join(this.#folder, freshName("p"));
    const connection = await this.#start(user, socket, AbortSignal.any([signal, this.#ending.signal]));
    return { connection, end: () => endMaster(this.#options.exec, socket) };
  }

  async close(): Promise<void> {
    this.#ending.abort();
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all([...entries.map((entry) => this.#end(entry)), ...this.#sweeps]);
  }

  #enter(user: string): Entry {
    const known = this.#entries.get(user);
    const isFresh = known !== undefined && (known.users > 0 || performance.now() - known.usedAt < TRUSTED_IDLE_MS);
    const entry = isFresh ? known : this.#open(user);
    entry.users += 1;
    return entry;
  }

  #leave(entry: Entry): void {
    entry.users -= 1;
    entry.usedAt = performance.now();
  }

  #open(user: string): Entry {
    this.#makeRoom();
    const socket = join(this.#folder, freshName("p"));
    const connection = this.#start(user, socket, this.#ending.signal);
    const entry: Entry = { socket, connection, slots: new Slots(SESSIONS_EACH), usedAt: performance.now(), users: 0 };
    this.#entries.set(user, entry);
    connection.catch(() => this.#drop(user, entry));
    return entry;
  }

  /** Used no more; it ends by itself, and what a dead one has left goes. */
  #drop(user: string, entry: Entry): void {
    if (this.#entries.get(user) !== entry) return;
    this.#entries.delete(user);
    const { exec } = this.#options;
    const sweep = isAlive(exec, entry.socket).then((alive) => (alive ? undefined : rm(entry.socket, { force: true })));
    this.#own(sweep);
  }

  /** Until `close` at the latest. */
  #own(work: Promise<void>): void {
    const owned = work.catch(this.#options.onError).finally(() => this.#sweeps.delete(owned));
    this.#sweeps.add(owned);
  }

  /** No more than MAX_PEOPLE stand at a time; those that are busy are fewer, so one is idle. */
  #makeRoom(): void {
    if (this.#entries.size < MAX_PEOPLE) return;
    const idle = [...this.#entries].filter(([, { users }]) => users === 0).sort(([, a], [, b]) => a.usedAt - b.usedAt)[0];
    if (idle === undefined) return;
    this.#entries.delete(idle[0]);
    this.#own(this.#end(idle[1]));
  }

  async #end({ connection, socket }: Entry): Promise<void> {
    // One that never stood has nothing to end.
    await connection.then(
      () => endMaster(this.#options.exec, socket),
      () => {},
    );
  }

  async #start(user: string, socket: string, signal: AbortSignal): Promise<Connection> {
    const { ssh, exec, signUser } = this.#options;
    const host = await this.#options.host(signal);
    await this.#starts.take(signal);
    const keyFile = join(this.#folder, freshName("k"));
    const certificateFile = `${keyFile}-cert.pub`;
    try {
      const { privateKey, certificate } = signUser(user);
      await writeFile(keyFile, privateKey, { mode: 0o600, flag: "wx" });
      await writeFile(certificateFile, `${certificate.trim()}\n`, { mode: 0o600, flag: "wx" });
      const login = { user, keyFile, certificateFile };
      const argv = masterArgv(ssh, host, socket, { kind: "person", login, idleSeconds: IDLE_SECONDS });
      const words = await startMaster(exec, argv, socket, signal);
      if (words === null) return { socket, host };
      if (/Permission denied/.test(words)) throw new LoginRefused(`${host} does not let ${user} in by certificate: ${words}`);
      throw new ExecError("away", ["ssh"], { stderrTail: `${host}: ${words}` });
    } finally {
      await Promise.all([keyFile, certificateFile].map((file) => rm(file, { force: true })));
      this.#starts.free();
    }
  }
}

/** Of a hub that was killed in that moment. */
function removeForgottenKeys(folder: string): void {
  for (const name of readdirSync(folder)) if (/^k[0-9a-f]{8}(-cert\.pub)?$/.test(name)) rmSync(join(folder, name), { force: true });
}
