/** Where SSH comes in: ports of this machine, and the Unix socket over which the edge hands on what came to its own. */
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { readProxyHeader } from "./proxy-header.ts";

export interface Listeners {
  /** The ports, in the configuration's order. */
  readonly ports: readonly number[];
  close(): void;
}

export interface ListenersConfig {
  readonly listen: readonly { readonly address: string; readonly port: number }[];
  readonly socket: string;
}

const HEADER_MS = 5000;

/** @throws when an address is taken; nothing is left open then. */
export async function openListeners(config: ListenersConfig, accept: (socket: Socket, address: string) => void): Promise<Listeners> {
  const servers: Server[] = [];
  const close = () => {
    for (const server of servers) server.close();
    rmSync(config.socket, { force: true });
  };
  const open = async (options: ListenOptions, onSocket: (socket: Socket) => void): Promise<Server> => {
    const server = createServer({ pauseOnConnect: true }, onSocket);
    servers.push(server);
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(options, resolve));
    return server;
  };
  try {
    const ports: number[] = [];
    for (const { address, port } of config.listen) {
      const server = await open({ host: address, port }, (socket) => accept(socket, socket.remoteAddress ?? ""));
      const bound = server.address();
      ports.push(typeof bound === "object" && bound !== null ? bound.port : port);
    }
    mkdirSync(dirname(config.socket), { recursive: true, mode: 0o700 });
    rmSync(config.socket, { force: true });
    await open({ path: config.socket }, (socket) => void acceptHandedOn(socket, accept));
    chmodSync(config.socket, 0o600);
    return { ports, close };
  } catch (error) {
    close();
    throw error;
  }
}

async function acceptHandedOn(socket: Socket, accept: (socket: Socket, address: string) => void): Promise<void> {
  try {
    const address = await readProxyHeader(socket, HEADER_MS);
    accept(socket, address);
  } catch {
    // Only the edge reaches this socket: it closed again, or its client did.
    socket.destroy();
  }
}
