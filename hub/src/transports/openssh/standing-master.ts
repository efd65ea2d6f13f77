/**
 * The one standing connection to a cluster's login node, as the service account: kept up, made anew when it dies, to the
 * next login node when one does not answer. It runs detached and outlives the hub, because open sessions go through it:
 * a hub that starts finds it by its control socket, and `endMasters` alone ends it.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { pause, untilAborted } from "../../pause.ts";
import { type Exec, ExecError } from "../types.ts";
import { endMaster, isAlive, StandingNames } from "./control-sockets.ts";
import { masterArgv, readCiphers, type SshSettings, settingsArgv } from "./ssh-options.ts";
import { startMaster } from "./start-master.ts";

export interface Connection {
  /** The control socket. */
  readonly socket: string;
  readonly host: string;
}

export interface StandingMasterOptions {
  readonly cluster: string;
  readonly runtimeDir: string;
  readonly ssh: SshSettings;
  readonly exec: Exec;
  /** Told when a connection is there, also one that was found again. */
  readonly onUp: (connection: Connection, signal: AbortSignal) => void;
}

const SHORTEST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
/** Having lived so long, its death is news and not the same trouble again. */
const SETTLED_MS = 5000;
const SETTINGS_TIMEOUT_MS = 10_000;

export class StandingMaster {
  readonly #options: StandingMasterOptions;
  readonly #names: StandingNames;
  readonly #ending = new AbortController();
  #keeper: Promise<void> | null = null;
  /** The connection, or the attempt at one, or why the last attempt failed. */
  #turn = newTurn();

  constructor(options: StandingMasterOptions) {
    this.#options = options;
    this.#names = new StandingNames(options.runtimeDir, options.cluster, options.ssh);
  }

  /**
   * From the first time on that somebody asks, it is kept up until `close`.
   * @throws ExecError "away" at once when the last attempt failed and the next one is not due; "aborted"
   */
  async ready(signal: AbortSignal): Promise<Connection> {
    this.#keeper ??= this.#keep(this.#ending.signal);
    return untilAborted(this.#turn.promise, signal);
  }

  /** The connection stays: only its keeper here ends. */
  async close(): Promise<void> {
    this.#ending.abort();
    this.#turn.reject(away("Fairway is ending"));
    await this.#keeper;
  }

  async #keep(signal: AbortSignal): Promise<void> {
    let pauseMs = SHORTEST_PAUSE_MS;
    while (!signal.aborted) {
      const startedAt = performance.now();
      let hasFailed = false;
      try {
        const connection = await this.#connect(signal);
        this.#turn.resolve(connection);
        this.#options.onUp(connection, signal);
        await this.#untilGone(connection, signal);
        if (signal.aborted) return;
        if (performance.now() - startedAt > SETTLED_MS) pauseMs = 0;
        // Whoever asks now waits for the next one.
        this.#turn = newTurn();
      } catch (error) {
        hasFailed = true;
        this.#turn.reject(error);
      }
      // Half of it by chance: after an outage not all gateways shall come at once.
      await pause(pauseMs * (0.5 + Math.random() / 2), signal);
      pauseMs = Math.min(Math.max(pauseMs * 2, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
      if (hasFailed && !signal.aborted) this.#turn = newTurn();
    }
  }

  /** @throws ExecError when no login node lets us in, with what each of them said */
  async #connect(signal: AbortSignal): Promise<Connection> {
    const found = await this.#findAgain();
    if (found !== null) return found;
    const said: string[] = [];
    for (const [index, host] of this.#options.ssh.hosts.entries()) {
      const socket = this.#names.fresh(index);
      const ciphers = await this.#askCiphers(host, signal);
      const argv = masterArgv(this.#options.ssh, host, socket, { kind: "standing", ...(ciphers && { ciphers }) });
      const words = await startMaster(this.#options.exec, argv, socket, signal);
      if (words === null) return { socket, host };
      if (signal.aborted) break;
      said.push(`${host}: ${words}`);
    }
    throw away(said.join("; "));
  }

  /** Undefined where ssh does not tell: then it chooses by itself, and says what is wrong when it connects. */
  async #askCiphers(host: string, signal: AbortSignal): Promise<readonly string[] | undefined> {
    const { exec, ssh } = this.#options;
    try {
      const { exitCode, stdout } = await exec({ argv: settingsArgv(ssh, host) }, { timeoutMs: SETTINGS_TIMEOUT_MS, signal });
      return exitCode === 0 ? readCiphers(stdout) : undefined;
    } catch (error) {
      if (error instanceof ExecError) return undefined;
      throw error;
    }
  }

  /** What a hub before us has left: the first that lives goes on, all others end. */
  async #findAgain(): Promise<Connection | null> {
    const { exec, ssh } = this.#options;
    let found: Connection | null = null;
    for (const { socket, hostIndex } of await this.#names.list()) {
      const host = hostIndex === null ? undefined : ssh.hosts[hostIndex];
      if (found === null && host !== undefined && (await isAlive(exec, socket))) found = { socket, host };
      else await endMaster(exec, socket);
    }
    return found;
  }

  /** A connection to its control socket that says nothing breaks in the moment in which the master ends. */
  async #untilGone({ socket }: Connection, signal: AbortSignal): Promise<void> {
    do {
      const watch = connect(socket);
      const close = () => watch.destroy();
      signal.addEventListener("abort", close, { once: true });
      watch.resume();
      // "close" follows, and says all there is to say.
      watch.on("error", () => {});
      await once(watch, "close");
      signal.removeEventListener("abort", close);
      if (signal.aborted) return;
    } while (await isAlive(this.#options.exec, socket));
    await endMaster(this.#options.exec, socket);
  }
}

const away = (words: string) => new ExecError("away", ["ssh"], { stderrTail: words });

/** Nobody may be waiting when it fails; whoever asks later hears of it. */
function newTurn(): PromiseWithResolvers<Connection> {
  const turn = Promise.withResolvers<Connection>();
  turn.promise.catch(() => {});
  return turn;
}
