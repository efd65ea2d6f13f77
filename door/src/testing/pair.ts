/** Both ends of an SSH connection in one process, over a Unix socket: what one end does by hand, the other has to bear. */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientChannel, Connection, ServerChannel, Client as SshClient } from "ssh2";
import { ALGORITHMS } from "../algorithms.ts";
import { Client, Server } from "../ssh2.ts";
import { makeKey } from "./sshd.ts";

export interface Pair {
  readonly client: SshClient;
  /** The server's end. */
  readonly connection: Connection;
  readonly sockets: { readonly client: Socket; readonly server: Socket };
  close(): void;
}

/** Signed in. */
export async function openPair(): Promise<Pair> {
  const dir = mkdtempSync(join(tmpdir(), "fairway-pair-"));
  const path = join(dir, "ssh.sock");
  makeKey(join(dir, "host"));
  const ssh = new Server({ hostKeys: [readFileSync(join(dir, "host"), "utf8")], algorithms: ALGORITHMS });
  const connected = new Promise<Connection>((resolve) => ssh.once("connection", resolve));
  const listener = createServer().listen(path);
  await once(listener, "listening");
  const accepted = once(listener, "connection");
  const near = connect(path);
  const [far]: [Socket] = (await accepted) as [Socket];
  ssh.injectSocket(far);
  const client: SshClient = new Client();
  const ready = once(client, "ready");
  client.connect({ sock: near, username: "alice", algorithms: ALGORITHMS });
  const connection = await connected;
  connection.on("error", () => {});
  connection.on("authentication", (context) => context.accept());
  await ready;
  client.on("error", () => {});
  return {
    client,
    connection,
    sockets: { client: near, server: far },
    close: () => {
      for (const socket of [near, far]) socket.destroy();
      listener.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A command's channel, both ends of it. */
export async function openChannel({ client, connection }: Pair): Promise<{ far: ServerChannel; near: ClientChannel }> {
  const accepted = new Promise<ServerChannel>((resolve) => {
    connection.once("session", (accept) => accept().once("exec", (acceptExec) => resolve(acceptExec())));
  });
  const near = await new Promise<ClientChannel>((resolve, reject) => {
    client.exec("", (error, channel) => (error === undefined ? resolve(channel) : reject(error)));
  });
  return { far: await accepted, near };
}
