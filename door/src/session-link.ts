/**
 * A connection into one session: as an SSH client of the person's own sshd there, which is told apart from any other
 * by the key that the hub names. People's channels and browser terminals go through it. It decides nothing: whoever
 * has a `DoorTarget` was let in by the hub.
 */
import { connect, type Socket } from "node:net";
import type { DoorTarget } from "@fairway/contract/door.ts";
import type { BaseAgent, ClientChannel, Client as SshClient } from "ssh2";
import { ALGORITHMS } from "./algorithms.ts";
import type { TerminalRequest } from "./channel-packets.ts";
import { Client, prepareKeys, toModes, utils, writeAtOnce } from "./ssh2.ts";

export interface ChannelOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly terminal?: TerminalRequest | null;
  /** Only with a link that was opened with an agent. */
  readonly agentForward?: boolean;
}

export interface SessionLink {
  /** Each rejects when the session's sshd refuses it, or the link has ended. */
  shell(options?: ChannelOptions): Promise<ClientChannel>;
  exec(command: string, options?: ChannelOptions): Promise<ClientChannel>;
  subsystem(name: string): Promise<ClientChannel>;
  connectTcp(to: { readonly host: string; readonly port: number }): Promise<ClientChannel>;
  connectUnix(path: string): Promise<ClientChannel>;
  /** Resolves when it is over, whoever ended it. */
  readonly ended: Promise<void>;
  close(): void;
}

export interface SessionLinks {
  /** @throws {LinkFailure} */
  open(target: DoorTarget, signal: AbortSignal, agent?: BaseAgent): Promise<SessionLink>;
}

/** The session's sshd did not answer, is another than the hub named, or did not let us in. */
export class LinkFailure extends Error {
  override readonly name = "LinkFailure";
}

const KEEP_ALIVE_MS = 15_000;

export interface LinkTimes {
  /** From the first packet to being let in. */
  readonly readyMs: number;
}

export function createSessionLinks({ readyMs }: LinkTimes = { readyMs: 20_000 }): SessionLinks {
  return {
    open: async (target, signal, agent) => {
      signal.throwIfAborted();
      const socket = openSocket(target);
      const client: SshClient = new Client();
      const ended = new Promise<void>((resolve) => client.once("close", () => resolve()));
      try {
        await getReady(client, socket, { target, signal, readyMs, agent });
      } catch (cause) {
        socket.destroy();
        signal.throwIfAborted();
        throw new LinkFailure("the session's sshd did not let us in", { cause });
      }
      // ssh2 says everything a second time by "close".
      client.on("error", () => {});
      return new Link(client, socket, ended);
    },
  };
}

interface Opening {
  readonly target: DoorTarget;
  readonly signal: AbortSignal;
  readonly readyMs: number;
  readonly agent: BaseAgent | undefined;
}

function getReady(client: SshClient, socket: Socket, { target, signal, readyMs, agent }: Opening): Promise<void> {
  const expected = readHostKey(target.hostKey);
  return new Promise((resolve, reject) => {
    const abort = () => reject(new Error("nobody waits for it any more"));
    signal.addEventListener("abort", abort, { once: true });
    const settle = (error?: Error) => {
      signal.removeEventListener("abort", abort);
      if (error === undefined) resolve();
      else reject(error);
    };
    client.once("ready", () => settle());
    client.on("error", settle);
    client.once("close", () => settle(new Error("the session's sshd closed the connection")));
    client.connect({
      sock: socket,
      username: target.account,
      privateKey: target.privateKey,
      hostVerifier: (key: Buffer) => key.equals(expected),
      algorithms: ALGORITHMS,
      readyTimeout: readyMs,
      keepaliveInterval: KEEP_ALIVE_MS,
      ...(agent === undefined ? {} : { agent }),
      // Our own key and nothing else: an agent that is passed through is the person's, not ours.
      authHandler: ["none", "publickey"],
      strictVendor: false,
    });
    prepareKeys(client);
  });
}

/** Of one line in the form of authorized_keys. */
function readHostKey(line: string): Buffer {
  const parsed = utils.parseKey(line);
  if (parsed instanceof Error || Array.isArray(parsed)) throw new LinkFailure("the hub named a host key that cannot be read");
  return parsed.getPublicSSH();
}

function openSocket({ upstream, preamble }: DoorTarget): Socket {
  const socket = connect(upstream.kind === "unix" ? { path: upstream.path } : { host: upstream.host, port: upstream.port });
  writeAtOnce(socket);
  if (preamble !== "") socket.write(preamble);
  return socket.setNoDelay(true);
}

class Link implements SessionLink {
  readonly ended: Promise<void>;
  readonly #client: SshClient;
  readonly #socket: Socket;

  constructor(client: SshClient, socket: Socket, ended: Promise<void>) {
    this.#client = client;
    this.#socket = socket;
    this.ended = ended;
  }

  shell({ env, terminal, agentForward = false }: ChannelOptions = {}): Promise<ClientChannel> {
    const window = terminal ? { ...terminal, modes: toModes(terminal.modes) } : false;
    const options = { env: { ...env }, agentForward };
    return opened((done) => this.#client.shell(window, options, done));
  }

  exec(command: string, { env, terminal, agentForward = false }: ChannelOptions = {}): Promise<ClientChannel> {
    const pty = terminal ? { ...terminal, modes: toModes(terminal.modes) } : false;
    const options = { env: { ...env }, pty, agentForward };
    return opened((done) => this.#client.exec(command, options, done));
  }

  subsystem(name: string): Promise<ClientChannel> {
    return opened((done) => this.#client.subsys(name, done));
  }

  connectTcp({ host, port }: { readonly host: string; readonly port: number }): Promise<ClientChannel> {
    return opened((done) => this.#client.forwardOut("127.0.0.1", 0, host, port, done));
  }

  connectUnix(path: string): Promise<ClientChannel> {
    return opened((done) => this.#client.openssh_forwardOutStreamLocal(path, done));
  }

  close(): void {
    this.#client.end();
    this.#socket.destroy();
  }
}

type Done = (error: Error | undefined, channel: ClientChannel) => void;

/** ssh2 throws at once when the connection has gone, and calls back with everything else. */
async function opened(open: (done: Done) => void): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    open((error, channel) => {
      if (error !== undefined && error !== null) {
        reject(new LinkFailure(error.message, { cause: error }));
        return;
      }
      // A stream's error that nobody listens to would end the process; "close" tells the same.
      channel.on("error", () => {});
      channel.stderr.on("error", () => {});
      resolve(channel);
    });
  });
}
