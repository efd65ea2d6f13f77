/** One port for browsers and for SSH: each comes where it belongs. */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Limits } from "../src/limits.ts";
import { ask, TestEdge, until } from "./harness.ts";
import { makeCertificate } from "./test-app.ts";
import { TestHub } from "./test-hub.ts";

describe.each([["TLS"], ["plain HTTP"]])("a port for %s and SSH", (kind) => {
  let hub: TestHub;
  let edge: TestEdge;
  let door: Server;
  let handed: Socket[];

  beforeEach(async () => {
    hub = new TestHub();
    await hub.start();
    handed = [];
    door = createServer({ allowHalfOpen: true }, (socket) => void handed.push(socket)).listen(join(hub.dir, "door.sock"));
    await once(door, "listening");
    edge = await startEdge();
    await edge.knowsHub();
  });
  afterEach(async () => {
    for (const socket of handed) socket.destroy();
    await edge.close();
    door.close();
    await hub.stop();
  });

  function startEdge(limits: Partial<Limits> = {}): Promise<TestEdge> {
    const certificate = kind === "TLS" ? makeCertificate("both") : null;
    const tls = certificate === null ? null : { certFile: certificate.certFile, keyFile: certificate.keyFile };
    const listeners = [{ kind: "tcp" as const, address: "127.0.0.1", port: 0, tls, ssh: true }];
    return TestEdge.start(hub, { config: { listeners, doorSocket: join(hub.dir, "door.sock") }, limits });
  }

  async function readUntil(socket: Socket, end: string): Promise<string> {
    let said = "";
    while (!said.includes(end)) {
      const [chunk] = (await once(socket, "data")) as [Buffer];
      said += chunk.toString();
    }
    return said;
  }

  it("serves browsers as ever, also many at once, and a large first piece", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(edge, "/hub/api")));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const long = await ask(edge, "/hub/api", { headers: { "x-long": "y".repeat(20_000) } });
    expect(long.status).toBe(200);
    expect(handed).toEqual([]);
  });

  it("hands SSH to the door, with the client's address before it, both ways, until one ends", async () => {
    const client = connect(edge.port, "127.0.0.1");
    await once(client, "connect");
    const { localPort } = client;
    // In pieces, as a slow network would: the first decides nothing.
    client.setNoDelay(true);
    client.write("SS");
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.write("H-2.0-test\r\nmore");
    await until(() => handed.length === 1);
    const [socket] = handed as [Socket];
    expect(await readUntil(socket, "more")).toBe(`PROXY TCP4 127.0.0.1 127.0.0.1 ${localPort} ${edge.port}\r\nSSH-2.0-test\r\nmore`);
    socket.write("SSH-2.0-door\r\n");
    expect(await readUntil(client, "\r\n")).toBe("SSH-2.0-door\r\n");
    socket.end("last words");
    expect(await readUntil(client, "words")).toBe("last words");
    await once(client, "close");
  });

  it("sends away who says nothing, and SSH when the door is not there; browsers do not notice", async () => {
    const hasty = await startEdge({ firstBytesMs: 300 });
    const silent = connect(hasty.port, "127.0.0.1");
    await once(silent.resume(), "close");
    await hasty.close();
    door.close();
    const late = connect(edge.port, "127.0.0.1");
    late.on("error", () => {});
    late.write("SSH-2.0-test\r\n");
    await once(late.resume(), "close");
    expect((await ask(edge, "/hub/api")).status).toBe(200);
  });

  it("what begins like SSH and is not goes its own way", async () => {
    const client = connect(edge.port, "127.0.0.1");
    client.on("error", () => {});
    client.write("SSI /x HTTP/1.1\r\n\r\n");
    await once(client.resume(), "close");
    expect(handed).toEqual([]);
  });
});
