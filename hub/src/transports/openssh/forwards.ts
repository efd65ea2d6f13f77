/**
 * Forwards on the standing connection: a Unix socket here for a port behind the login node. What is wanted is written
 * beside each socket, so that it outlives the hub as the connection does; a new connection gets all of it again.
 */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Exec, ExecError, type Forwards } from "../types.ts";
import { forwardsFolder, makePrivateFolder } from "./control-sockets.ts";
import { tryReach } from "./reach.ts";
import { Slots } from "./slots.ts";
import { controlArgv, forwardArgs, type SshSettings } from "./ssh-options.ts";
import type { Connection } from "./standing-master.ts";
import { readWanted, type Target, type Wanted, writeWanted } from "./wanted-forwards.ts";

export interface SshForwardsOptions {
  readonly cluster: string;
  readonly runtimeDir: string;
  readonly ssh: SshSettings;
  readonly exec: Exec;
  /** @throws ExecError "away" */
  readonly ready: (signal: AbortSignal) => Promise<Connection>;
  readonly onError: (error: unknown) => void;
}

/** Requests to the master take some 5 ms each, and a process of ours. */
const REQUESTS_AT_A_TIME = 4;
const REQUEST_TIMEOUT_MS = 10_000;
/** How long somebody who wants one waits for a connection. */
const READY_TIMEOUT_MS = 30_000;

export class SshForwards implements Forwards {
  readonly #options: SshForwardsOptions;
  readonly #folder: string;
  readonly #wanted: Map<string, Wanted>;
  /** One thing after the other is done with each. */
  readonly #queues = new Map<string, Promise<unknown>>();
  readonly #requests = new Slots(REQUESTS_AT_A_TIME);

  constructor(options: SshForwardsOptions) {
    this.#options = options;
    this.#folder = makePrivateFolder(forwardsFolder(options.runtimeDir));
    this.#wanted = readWanted(this.#folder, options.cluster);
  }

  pathOf(id: string): string {
    if (!/^[A-Za-z0-9-]{1,24}$/.test(id)) throw new TypeError(`this is no id of a forward: ${JSON.stringify(id)}`);
    return join(this.#folder, `${id}.sock`);
  }

  async ensure(id: string, target: Target): Promise<string> {
    const connection = await this.#options.ready(AbortSignal.timeout(READY_TIMEOUT_MS)).catch(toAway);
    await this.#inTurn(id, () => this.#make(id, target, connection));
    return this.pathOf(id);
  }

  async remove(id: string): Promise<void> {
    await this.#inTurn(id, async () => {
      const wanted = this.#wanted.get(id);
      if (wanted === undefined) return;
      this.#wanted.delete(id);
      await this.#cancel(id, wanted);
      await writeWanted(this.#folder, this.#options.cluster, id, null);
    });
  }

  async keepOnly(ids: ReadonlySet<string>): Promise<void> {
    await Promise.all([...this.#wanted.keys()].filter((id) => !ids.has(id)).map((id) => this.remove(id)));
  }

  tryReach(target: Target, timeoutMs: number, signal?: AbortSignal) {
    return tryReach(this.#options, target, timeoutMs, signal);
  }

  /** All that are wanted and are not on this connection. */
  async restore(connection: Connection, signal: AbortSignal): Promise<void> {
    const restoreOne = async (id: string) => {
      const wanted = this.#wanted.get(id);
      if (wanted === undefined || signal.aborted) return;
      await this.#make(id, wanted.target, connection);
    };
    const each = [...this.#wanted.keys()].map((id) => this.#inTurn(id, () => restoreOne(id)).catch(this.#options.onError));
    await Promise.all(each);
  }

  async #make(id: string, target: Target, { socket }: Connection): Promise<void> {
    const before = this.#wanted.get(id);
    const path = this.pathOf(id);
    if (before !== undefined && before.madeOn === socket && isSame(before.target, target) && existsSync(path)) return;
    // The master would take a second one of the same path and target for the first.
    if (before !== undefined) await this.#cancel(id, before);
    await this.#want(id, { target, madeOn: null });
    const { exitCode, stderr } = await this.#request(controlArgv(socket, "forward", ...forwardArgs(path, target)));
    if (exitCode !== 0) throw new ExecError("away", ["ssh", "-O", "forward"], { stderrTail: stderr.slice(-500) });
    await this.#want(id, { target, madeOn: socket });
  }

  async #want(id: string, wanted: Wanted): Promise<void> {
    this.#wanted.set(id, wanted);
    await writeWanted(this.#folder, this.#options.cluster, id, wanted);
  }

  async #cancel(id: string, { target, madeOn }: Wanted): Promise<void> {
    const path = this.pathOf(id);
    try {
      // A master that is gone has taken its forwards along.
      if (madeOn !== null && existsSync(madeOn)) await this.#request(controlArgv(madeOn, "cancel", ...forwardArgs(path, target)));
    } catch (error) {
      // It listens on until that master ends, at a path that is no more.
      this.#options.onError(error);
    }
    // ssh leaves the socket's file.
    await rm(path, { force: true });
  }

  async #request(argv: [string, ...string[]]) {
    await this.#requests.take(AbortSignal.timeout(READY_TIMEOUT_MS)).catch(toAway);
    try {
      return await this.#options.exec({ argv }, { timeoutMs: REQUEST_TIMEOUT_MS });
    } finally {
      this.#requests.free();
    }
  }

  #inTurn<T>(id: string, act: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(id) ?? Promise.resolve();
    // Whoever was before has heard of their own failure.
    const mine = before.then(act, act);
    this.#queues.set(id, mine);
    const forget = () => {
      if (this.#queues.get(id) === mine) this.#queues.delete(id);
    };
    mine.then(forget, forget);
    return mine;
  }
}

const isSame = (a: Target, b: Target) => a.host === b.host && a.port === b.port;

function toAway(error: unknown): never {
  if (error instanceof ExecError) throw error;
  throw new ExecError("away", ["ssh", "-O", "forward"], { stderrTail: "no answer in time", cause: error });
}
