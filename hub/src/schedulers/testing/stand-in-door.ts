/** A door for job scripts to dial to: an SSH server that lets one key in and takes the two ends of a tunnel. */
import { createServer, type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import ssh2, { type Connection } from "ssh2";
import { makeSshKey, type SshKeyPair } from "../../pki/ssh-ed25519.ts";

export interface StandInDoor {
  readonly port: number;
  readonly hostKey: SshKeyPair;
  /** The names that the tunnel that is open now lends, once there is one. */
  opened(): Promise<readonly string[]>;
  /** To that end of the tunnel. */
  dial(name: "/app.sock" | "/sshd.sock"): Promise<Duplex>;
  /** Everything that has tried to come in: names, and whether the key was the right one. */
  readonly callers: readonly { readonly user: string; readonly isLetIn: boolean }[];
  /** Cuts the tunnel. */
  cut(): void;
  close(): Promise<void>;
}

/** @param user who may come in, @param publicKey with which key (authorized_keys form) */
export async function startStandInDoor(user: string, publicKey: string): Promise<StandInDoor> {
  const hostKey = makeSshKey("door");
  const expected = Buffer.from(publicKey.split(" ")[1] ?? "", "base64");
  const callers: { user: string; isLetIn: boolean }[] = [];
  const connections = new Set<Connection>();
  let current: { connection: Connection; names: string[] } | null = null;
  const server = new ssh2.Server({ hostKeys: [hostKey.privateKey] }, (connection) => {
    connections.add(connection);
    connection.on("error", () => {});
    connection.on("authentication", (context) => {
      if (context.method !== "publickey") return context.reject(["publickey"]);
      const isLetIn = context.username === user && context.key.data.equals(expected);
      if (context.signature !== undefined || !isLetIn) callers.push({ user: context.username, isLetIn });
      if (isLetIn) context.accept();
      else context.reject();
    });
    const names: string[] = [];
    // The types know of ports alone.
    connection.on("request", (accept, reject, name: string, info: object) => {
      const path = "socketPath" in info && name === "streamlocal-forward@openssh.com" ? info.socketPath : null;
      if (typeof path !== "string") return reject?.();
      names.push(path);
      current = { connection, names };
      accept?.();
    });
    connection.on("close", () => {
      connections.delete(connection);
      if (current?.connection === connection) current = null;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const port = portOf(server.address());
  const open = async () => {
    while (current === null) await new Promise((resolve) => setTimeout(resolve, 20));
    return current;
  };
  return {
    port,
    hostKey,
    callers,
    opened: async () => (await open()).names,
    dial: async (name) => {
      const { connection } = await open();
      return new Promise((resolve, reject) => {
        connection.openssh_forwardOutStreamLocal(name, (error, channel) => (error === undefined ? resolve(channel) : reject(error)));
      });
    },
    cut: () => current?.connection.end(),
    close: async () => {
      for (const connection of connections) connection.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A question to the app at the end of a stream, with the session's secret. */
export function askOver(stream: Duplex, secret: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `token ${secret}`, host: "localhost", connection: "close" };
    const outgoing = request({ createConnection: () => stream, path: "/user/alice/", headers }, (reply: IncomingMessage) => {
      let body = "";
      reply.on("data", (chunk: Buffer) => (body += chunk.toString()));
      reply.on("end", () => resolve({ status: reply.statusCode ?? 0, body }));
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

/** The same stream, with TLS inside. */
export function secure(stream: Duplex): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ socket: stream, rejectUnauthorized: false }, () => resolve(socket));
    socket.once("error", reject);
  });
}

/** An HTTP proxy that takes CONNECT alone, to this machine; remembers where it was asked to go. */
export async function startProxy(): Promise<{ url: string; asked: string[]; close(): Promise<void> }> {
  const asked: string[] = [];
  const server = createServer((_request, response) => response.writeHead(405).end());
  const sockets = new Set<Duplex>();
  server.on("connection", (socket) => sockets.add(socket));
  server.on("connect", (incoming: IncomingMessage, client: Duplex) => {
    asked.push(incoming.url ?? "");
    const socket = connect(Number(incoming.url?.split(":").at(-1)), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(client);
      client.pipe(socket);
    });
    socket.on("error", () => client.destroy());
    client.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const port = portOf(server.address());
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, asked, close };
}

const portOf = (address: string | AddressInfo | null) => (typeof address === "object" && address !== null ? address.port : 0);
