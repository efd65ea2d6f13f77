// A connection to the app by one way, and the least HTTP that measures it: bytes out, an answer of known length back.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Way } from "./plan.ts";

const HEAD_END = "\r\n\r\n";

/** @throws when nobody answers. */
export async function open({ where, isTls }: Way): Promise<Socket> {
  const socket = where.kind === "unix" ? connect(where.path) : connect(where.port, where.host);
  await once(socket, "connect");
  socket.setNoDelay(true);
  if (!isTls) return socket;
  // Whose key it is, is the edge's matter; here all ways are measured alike.
  const secured = connectTls({ socket, rejectUnauthorized: false });
  await once(secured, "secureConnect");
  return secured;
}

export function requestOf({ path, authorization }: Way, name: string, more = ""): string {
  const who = authorization === null ? "" : `Authorization: ${authorization}\r\n`;
  return `GET ${path}${name} HTTP/1.1\r\nHost: localhost\r\n${who}${more}\r\n`;
}

/** Sends it and reads the whole answer. @returns the bytes of its body. @throws on any answer but 200 */
export function ask(socket: Socket, request: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let head = "";
    let missing = -1;
    let length = 0;
    const settle = (finish: () => void) => {
      socket.off("data", onData);
      socket.off("error", onError);
      socket.off("close", onClose);
      finish();
    };
    const onError = (error: Error) => settle(() => reject(error));
    const onClose = () => settle(() => reject(new Error("the connection ended before the answer did")));
    const onData = (chunk: Buffer) => {
      if (missing < 0) {
        head += chunk.toString("latin1");
        const end = head.indexOf(HEAD_END);
        if (end < 0) return;
        if (!head.startsWith("HTTP/1.1 200")) return settle(() => reject(new Error(`answered: ${head.slice(0, 100)}`)));
        length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
        missing = length - (head.length - end - HEAD_END.length);
      } else missing -= chunk.length;
      if (Number.isNaN(missing)) settle(() => reject(new Error("an answer without its length")));
      else if (missing <= 0) settle(() => resolve(length));
    };
    socket.on("data", onData);
    socket.once("error", onError);
    socket.once("close", onClose);
    socket.write(request);
  });
}

/** To the first byte of the answer. @throws when there is none */
export async function askFirstByte(way: Way): Promise<void> {
  const socket = await open(way);
  try {
    socket.write(requestOf(way, "small"));
    await once(socket, "data");
  } finally {
    socket.destroy();
  }
}

/** A WebSocket's round trips, one after the other, of 128 bytes of text. */
export async function echo(way: Way, untilMs: number): Promise<number[]> {
  const socket = await open(way);
  const tripsMs: number[] = [];
  try {
    const key = Buffer.alloc(16, 7).toString("base64");
    const upgrade = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n`;
    socket.write(requestOf(way, "echo", upgrade));
    const [answer] = (await once(socket, "data")) as [Buffer];
    if (!answer.toString("latin1").startsWith("HTTP/1.1 101")) throw new Error(`no WebSocket: ${answer.toString("latin1", 0, 100)}`);
    const frame = Buffer.concat([Buffer.from([0x81, 0xfe, 0, 128]), Buffer.alloc(4), Buffer.alloc(128, "x")]);
    while (performance.now() < untilMs) {
      const sentAt = performance.now();
      socket.write(frame);
      for (let got = 0; got < 132; ) got += ((await once(socket, "data")) as [Buffer])[0].length;
      tripsMs.push(performance.now() - sentAt);
    }
    return tripsMs;
  } finally {
    socket.destroy();
  }
}
