/** The sockets on which the edge listens: TLS, plain TCP, or a Unix socket behind the site's own proxy. */
import { chmodSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Server as TlsServer } from "node:tls";
import type { ListenerConfig } from "./config.ts";
import { type Front, handleRequest, handleUpgrade, isWebSocketUpgrade } from "./front.ts";
import type { Limits } from "./limits.ts";
import { tellSsh } from "./tell-ssh.ts";

export interface Listener {
  readonly config: ListenerConfig;
  readonly server: Server;
  /** Below TLS, and also those that have not asked anything yet: node:http knows only of its own. */
  readonly connections: ReadonlySet<Socket>;
}

/** @throws {Error} when the address is taken or a certificate cannot be read. */
export async function openListener(
  config: ListenerConfig,
  front: Front,
  limits: Limits,
  doorSocket: string | null = null,
): Promise<Listener> {
  const server = createHttpServer(config, limits);
  if (config.kind === "tcp" && config.ssh === true && doorSocket !== null) tellSsh(server, { ...limits, doorSocket });
  server.on("request", (req, res) => void handleRequest(front, req, res, false));
  server.on("checkContinue", (req, res) => void handleRequest(front, req, res, true));
  server.on("upgrade", (req, socket, head) => {
    // The types say Duplex; for servers that listen it is always a Socket.
    if (socket instanceof Socket) void handleUpgrade(front, req, socket, head);
    else socket.destroy();
  });
  server.on("clientError", refuseBrokenRequest);
  const connections = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  await listen(server, config);
  return { config, server, connections };
}

/** Where it listens: the port that was chosen when the configuration said 0. */
export function addressOf({ server }: Listener): AddressInfo | string {
  const address = server.address();
  if (address === null) throw new Error("the listener is closed");
  return address;
}

/** Takes renewed certificate files into use; connections that are open keep theirs. */
export function reloadCertificates({ config, server }: Listener): void {
  if (config.kind === "tcp" && config.tls !== null && server instanceof TlsServer) server.setSecureContext(readCertificate(config.tls));
}

/** Stops accepting and waits for the requests under way, for a bounded time. */
export async function closeListener({ config, server, connections }: Listener, drainMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => {
    for (const socket of connections) socket.destroy();
  }, drainMs);
  await closed;
  clearTimeout(timer);
  if (config.kind === "unix") rmSync(config.path, { force: true });
}

function createHttpServer(config: ListenerConfig, limits: Limits): Server {
  const options: ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: 60_000,
    // Uploads may take as long as they take.
    requestTimeout: 0,
    // Longer than the usual proxy in front keeps its own, so that it closes first.
    keepAliveTimeout: 75_000,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    // Everything else (h2c) is an offer that a server may overlook.
    shouldUpgradeCallback: isWebSocketUpgrade,
  };
  if (config.kind === "unix" || config.tls === null) return createServer(options);
  return createTlsServer({
    ...options,
    ...readCertificate(config.tls),
    minVersion: "TLSv1.2",
    handshakeTimeout: 20_000,
    ALPNProtocols: ["http/1.1"],
  });
}

function readCertificate(tls: { certFile: string; keyFile: string }): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) };
}

function listen(server: Server, config: ListenerConfig): Promise<void> {
  // A socket file left by a process that died would be "in use" for ever.
  if (config.kind === "unix") rmSync(config.path, { force: true });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const onListening = () => {
      server.off("error", reject);
      if (config.kind === "unix") chmodSync(config.path, config.mode);
      resolve();
    };
    if (config.kind === "unix") server.listen(config.path, onListening);
    else server.listen(config.port, config.address, onListening);
  });
}

/** What the parser refuses: conflicting lengths, oversized heads, and whatever else could be read in two ways. */
function refuseBrokenRequest(error: Error & { code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status = BROKEN[error.code ?? ""] ?? "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

const BROKEN: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};
