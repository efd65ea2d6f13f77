/**
 * Jobs' tunnels: a job's own ssh dials in and asks for two names, and for each of them we listen on the Unix socket
 * that the hub has named. Every connection there becomes a channel to the job. A tunnel can do nothing else.
 */
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import type { DoorAudit } from "@fairway/contract/door.ts";
import type { Logger } from "pino";
import type { Connection } from "ssh2";
import { joinForward } from "./join.ts";
import type { Limits } from "./limits.ts";
import type { Live, LiveThing } from "./live.ts";
import type { SignedIn } from "./sign-in.ts";
import { writeAtOnce } from "./ssh2.ts";

export interface TunnelContext {
  readonly live: Live;
  readonly limits: Pick<Limits, "tunnelChannels" | "halfOpenMs">;
  readonly logger: Logger;
  readonly audit: (entry: DoorAudit) => void;
  readonly cut: () => void;
}

type Job = SignedIn & { readonly kind: "tunnel" };

/** What a job may ask for: the names are the job script's. */
const NAMES = { "/app.sock": "app", "/sshd.sock": "sshd" } as const;
const LISTEN = "streamlocal-forward@openssh.com";
const CUT_AFTER_MS = 2000;
/** Of one connection, before its sender is told to wait: with less a download stops and goes on all the time. */
const MOST_WAITING_BYTES = 1024 * 1024;
const MOST_NOTES = 10;

export class Tunnels {
  readonly #open = new Map<string, Tunnel>();

  get size(): number {
    return this.#open.size;
  }

  /** A newer connection of the same session takes over: the older one may be dead and not know it. */
  serve(connection: Connection, job: Job, address: string, context: TunnelContext): void {
    this.#open.get(job.sessionId)?.end();
    const tunnel = new Tunnel(connection, job, address, context);
    this.#open.set(job.sessionId, tunnel);
    const leave = context.live.add(tunnel);
    connection.once("close", () => {
      leave();
      tunnel.end();
      if (this.#open.get(job.sessionId) === tunnel) this.#open.delete(job.sessionId);
    });
    tunnel.serve();
  }
}

class Tunnel implements LiveThing {
  readonly credential = null;
  readonly since = 0;
  readonly sessionId: string;
  readonly #connection: Connection;
  readonly #paths: Job["paths"];
  readonly #address: string;
  readonly #context: TunnelContext;
  readonly #servers = new Map<string, Server>();
  readonly #sockets = new Set<Socket>();
  #notes = 0;
  #isOver = false;

  constructor(connection: Connection, { sessionId, paths }: Job, address: string, context: TunnelContext) {
    this.#connection = connection;
    this.sessionId = sessionId;
    this.#paths = paths;
    this.#address = address;
    this.#context = context;
  }

  serve(): void {
    const connection = this.#connection;
    connection.on("session", (_accept, reject) => this.#deny("session", reject));
    connection.on("tcpip", (_accept, reject) => this.#deny("direct-tcpip", reject));
    connection.on("openssh.streamlocal", (_accept, reject) => this.#deny("direct-streamlocal", reject));
    connection.on("request", (accept: (() => void) | undefined, reject: (() => void) | undefined, name: string, info: object) => {
      const path = "socketPath" in info ? info.socketPath : null;
      if (name === LISTEN && (path === "/app.sock" || path === "/sshd.sock")) this.#listen(path, accept, reject);
      else this.#deny(name, reject);
    });
  }

  /** Idempotent. The sockets go at once, so that who comes next finds nobody rather than a dead end. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const [path, server] of this.#servers) {
      server.close();
      rmSync(path, { force: true });
    }
    for (const socket of this.#sockets) socket.destroy();
    this.#connection.end();
    const timer = setTimeout(this.#context.cut, CUT_AFTER_MS);
    this.#connection.once("close", () => clearTimeout(timer));
  }

  #listen(name: keyof typeof NAMES, accept: (() => void) | undefined, reject: (() => void) | undefined): void {
    const path = this.#paths[NAMES[name]];
    if (this.#isOver || this.#servers.has(path)) {
      this.#deny(`${LISTEN} twice`, reject);
      return;
    }
    // With half-closes: a request's end is not its answer's.
    const server = createServer({ allowHalfOpen: true, highWaterMark: MOST_WAITING_BYTES }, (socket) => this.#carry(name, socket));
    this.#servers.set(path, server);
    server.on("error", (error) => {
      this.#servers.delete(path);
      this.#context.logger.error({ err: error, session: this.sessionId }, "a tunnel's socket could not be opened");
      reject?.();
    });
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // Left behind by a door that died.
    rmSync(path, { force: true });
    server.listen(path, () => {
      if (this.#isOver) return;
      chmodSync(path, 0o600);
      this.#note("done", name);
      accept?.();
    });
  }

  #carry(name: string, socket: Socket): void {
    // Until it is joined: whoever asked may have gone already.
    socket.on("error", () => socket.destroy());
    if (this.#isOver || this.#sockets.size >= this.#context.limits.tunnelChannels) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    writeAtOnce(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    this.#connection.openssh_forwardOutStreamLocal(name, (error, channel) => {
      if (error !== undefined && error !== null) socket.destroy();
      else if (socket.destroyed) channel.close();
      else joinForward(channel, socket, { halfOpenMs: this.#context.limits.halfOpenMs });
    });
  }

  #deny(what: string, reject: (() => void) | undefined): void {
    this.#note("refused", what);
    reject?.();
  }

  #note(outcome: "done" | "refused", detail: string): void {
    this.#notes += 1;
    if (this.#notes > MOST_NOTES) return;
    const user = `+${this.sessionId}`;
    this.#context.audit({
      credential: null,
      user,
      address: this.#address,
      action: "door.tunnel",
      target: this.sessionId,
      outcome,
      detail: detail.slice(0, 500),
    });
  }
}
