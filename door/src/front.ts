/**
 * What every SSH connection meets first, wherever it comes from: a place among those who have not signed in, a time
 * limit, the key exchange, the sign-in. Then it is a person's or a job's.
 */
import type { Socket } from "node:net";
import type { Logger } from "pino";
import type { Connection, ServerConfig } from "ssh2";
import { ALGORITHMS, ciphersFor } from "./algorithms.ts";
import type { Limits } from "./limits.ts";
import { type SignedIn, SignIn, type SignInOptions } from "./sign-in.ts";
import { hasOfferedKey, offerCiphers, prepareKeys, Server, writeAtOnce } from "./ssh2.ts";
import { Strangers } from "./strangers.ts";

export interface FrontOptions {
  readonly hostKey: string;
  readonly banner: string | null;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly signIn: SignInOptions;
  readonly onSignedIn: (connection: Connection, who: SignedIn, arrival: Arrival) => void;
  /** Somebody tried, and went without having been let in. */
  readonly onFailed: (user: string, address: string, failures: number) => void;
}

export interface Arrival {
  readonly address: string;
  /** Ends it at once. */
  readonly cut: () => void;
}

interface Waiting extends Arrival {
  readonly leave: () => void;
  /** Once it has said that it is an SSH client. */
  connection: Connection | null;
}

const WARN_EVERY_MS = 60_000;

export class Front {
  readonly #options: FrontOptions;
  readonly #strangers: Strangers;
  readonly #server: InstanceType<typeof Server>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #sockets = new Set<Socket>();
  #count = 0;
  #cutSinceWarning = 0;
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(options: FrontOptions) {
    this.#options = options;
    this.#strangers = new Strangers(options.limits);
    const { keepAliveMs, keepAlives } = options.limits;
    const config: ServerConfig & { keepaliveInterval: number; keepaliveCountMax: number } = {
      hostKeys: [options.hostKey],
      algorithms: ALGORITHMS,
      ident: "Fairway",
      keepaliveInterval: keepAliveMs,
      keepaliveCountMax: keepAlives,
      ...(options.banner === null ? {} : { banner: options.banner }),
    };
    this.#server = new Server(config, (connection, { port, header }) => this.#greet(connection, port, header.versions.software));
  }

  accept(socket: Socket, address: string): void {
    const cut = () => socket.destroy();
    const leave = this.#strangers.enter(address, () => {
      cut();
      this.#noteFull(address);
    });
    if (leave === null) {
      cut();
      this.#noteFull(address);
      return;
    }
    this.#count += 1;
    const id = this.#count;
    const { signInMs, helloMs } = this.#options.limits;
    const timers = [
      setTimeout(cut, signInMs),
      setTimeout(() => (waiting.connection !== null && hasOfferedKey(waiting.connection)) || cut(), helloMs),
    ];
    const done = () => {
      for (const timer of timers) clearTimeout(timer);
      leave();
    };
    const waiting: Waiting = { address, leave: done, cut, connection: null };
    this.#waiting.set(id, waiting);
    this.#sockets.add(socket);
    socket.once("close", () => {
      done();
      this.#waiting.delete(id);
      this.#sockets.delete(socket);
    });
    socket.setNoDelay(true);
    writeAtOnce(socket);
    // How ssh2 tells us later which of them it speaks of: it reads the port off the socket, and nobody else does.
    Object.defineProperty(socket, "remotePort", { value: id });
    this.#server.injectSocket(socket);
  }

  /** Cuts all that is left. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** One was cut: there are too many who have not signed in. */
  #noteFull(address: string): void {
    const { logger, signIn } = this.#options;
    this.#cutSinceWarning += 1;
    const now = signIn.clock();
    if (now - this.#warnedAt < WARN_EVERY_MS) return;
    logger.warn({ address, cut: this.#cutSinceWarning }, "too many connections wait to sign in: some are cut, this address's among them");
    this.#warnedAt = now;
    this.#cutSinceWarning = 0;
  }

  #greet(connection: Connection, id: number, software: string): void {
    const { logger, signIn: options, onSignedIn, onFailed } = this.#options;
    const arrival = this.#waiting.get(id);
    if (arrival === undefined) {
      connection.end();
      return;
    }
    arrival.connection = connection;
    const { address, leave, cut } = arrival;
    const ciphers = ciphersFor(software);
    if (ciphers !== null) offerCiphers(connection, ciphers);
    prepareKeys(connection);
    // Resets and broken packets are a stranger's daily bread. What is our own fault has a stack to show.
    connection.on("error", (error: Error & { level?: string }) => {
      logger.debug({ err: error, address }, "a connection had an error");
      // Nobody is there any more to end it with us.
      if (error.level === "client-timeout") cut();
    });
    const signIn = new SignIn(connection, address, options);
    connection.once("ready", () => {
      leave();
      if (signIn.who === null) cut();
      else onSignedIn(connection, signIn.who, { address, cut });
    });
    connection.once("close", () => {
      if (signIn.who === null && signIn.failures > 0) onFailed(signIn.userName, address, signIn.failures);
    });
  }
}
