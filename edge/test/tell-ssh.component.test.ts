import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer, request } from "node:https";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { tellSsh } from "../src/tell-ssh.ts";
import { makeTempDir } from "./temp-dir.ts";
import { makeCertificate } from "./test-app.ts";

describe("a port for TLS or HTTP, and for SSH", () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  async function open(server: Server, doorSocket = "/nonexistent/door.sock"): Promise<number> {
    tellSsh(server, { doorSocket, firstBytesMs: 5000, halfOpenMs: 5000 });
    server.on("request", (req: IncomingMessage, res) => req.on("end", () => res.end("served")).resume());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(
      () => server.closeAllConnections(),
      () => server.close(),
    );
    return (server.address() as AddressInfo).port;
  }

  /** Whole or in pieces: what the first look has taken is not lost. */
  const say = async (port: number, ...pieces: readonly string[]) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    closing.push(() => socket.destroy());
    let heard = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      heard += text;
    });
    for (const piece of pieces) {
      await new Promise((resolve) => socket.write(piece, resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return () => heard;
  };

  it("answers TLS clients, twice on one connection", async () => {
    const { certFile, keyFile } = makeCertificate("both");
    const port = await open(createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }));
    for (let time = 0; time < 2; time++) {
      const asked = request({ port, host: "127.0.0.1", method: "POST", rejectUnauthorized: false });
      asked.end("x".repeat(300_000));
      const [answer] = (await once(asked, "response")) as [IncomingMessage];
      expect((await answer.setEncoding("utf8").toArray()).join("")).toBe("served");
    }
  });

  it("answers HTTP clients, also who begins with an S or a byte at a time", async () => {
    const port = await open(createServer());
    for (const head of [["GET / HTTP/1.1\r\nHost: x\r\n\r\n"], [..."SEARCH / HTTP/1.1\r\nHost: x\r\n\r\n"]]) {
      const heard = await say(port, ...head);
      await expect.poll(heard).toMatch(/^HTTP\/1\.1 200 [\s\S]*served$/);
    }
  });

  it("hands SSH on to the door, with the client's address before it, and brings back what the door says", async () => {
    const doorSocket = join(makeTempDir(), "door.sock");
    let heardByDoor = "";
    const door = createTcpServer((socket) => {
      socket.setEncoding("latin1").on("data", (text: string) => {
        heardByDoor += text;
      });
      socket.write("SSH-2.0-door\r\n");
    }).listen(doorSocket);
    closing.push(() => door.close());
    await once(door, "listening");
    const port = await open(createServer(), doorSocket);
    const heard = await say(port, "SS", "H-2.0-client\r\n", "more");
    await expect.poll(() => heardByDoor).toMatch(/^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\nSSH-2\.0-client\r\nmore$/);
    await expect.poll(heard).toBe("SSH-2.0-door\r\n");
  });
});
