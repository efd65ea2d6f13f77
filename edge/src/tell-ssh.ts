/**
 * A port for both: whoever begins as SSH does is handed on to the door, with their address before it; everybody else
 * goes on as if nobody had looked. Who says nothing is neither: TLS, HTTP and SSH clients all speak first here.
 */
import type { Server } from "node:http";
import { connect, type Socket } from "node:net";
import { Server as TlsServer } from "node:tls";
import { splice } from "./splice.ts";

export interface TellSshOptions {
  /** The door's Unix socket. */
  readonly doorSocket: string;
  /** How long the first bytes may take. */
  readonly firstBytesMs: number;
  readonly halfOpenMs: number;
}

const SSH = Buffer.from("SSH-");

/** To be called before anything else listens to the server's connections. */
export function tellSsh(server: Server, options: TellSshOptions): void {
  const others = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    readFirstBytes(socket, options.firstBytesMs, (head, isSsh) => {
      // Both servers read what a socket already holds before they read from the network.
      socket.unshift(head);
      if (isSsh) return handOn(socket, options);
      for (const listener of others) listener.call(server, socket);
      // HTTP listens by now. TLS takes what is held in its own time: a socket that flows would have lost it by then.
      if (!(server instanceof TlsServer)) socket.resume();
    });
  });
}

function readFirstBytes(socket: Socket, timeoutMs: number, decided: (head: Buffer, isSsh: boolean) => void): void {
  let head: Buffer = Buffer.alloc(0);
  const giveUp = () => socket.destroy();
  const timer = setTimeout(giveUp, timeoutMs);
  const read = (chunk: Buffer) => {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const length = Math.min(head.length, SSH.length);
    const isLikeSsh = head.subarray(0, length).equals(SSH.subarray(0, length));
    if (isLikeSsh && length < SSH.length) return;
    settle();
    socket.pause();
    decided(head, isLikeSsh);
  };
  const settle = () => {
    clearTimeout(timer);
    socket.off("data", read).off("error", giveUp).off("end", giveUp).off("close", settle);
  };
  socket.on("data", read).once("error", giveUp).once("end", giveUp).once("close", settle);
}

/** The PROXY protocol's first version: one line that the door reads before anything else. */
function handOn(client: Socket, { doorSocket, halfOpenMs }: TellSshOptions): void {
  const { remoteAddress = "", remotePort = 0, localAddress = "", localPort = 0, remoteFamily } = client;
  const door = connect({ path: doorSocket, allowHalfOpen: true });
  door.write(`PROXY ${remoteFamily === "IPv6" ? "TCP6" : "TCP4"} ${remoteAddress} ${localAddress} ${remotePort} ${localPort}\r\n`);
  client.setNoDelay(true);
  splice(client, door, { onTraffic: () => {}, onClose: () => {}, halfOpenMs });
}
