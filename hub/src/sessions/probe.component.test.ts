/** The probe against real servers: the right key, another key, silence, nonsense, and places that are no node. */

import { generateKeyPairSync } from "node:crypto";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { askOnce, type ProbeTarget, probe } from "./probe.ts";
import { deriveSessionKeys, makeSessionCertificate } from "./session-keys.ts";
import { startSessionApp } from "./testing/session-app.ts";

const { signal } = new AbortController();
const keys = deriveSessionKeys(Buffer.alloc(32, 7), "abcdefgh2345", 0);
const SECRET = "the-secret-of-this-run";
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const at = (port: number, host = "127.0.0.1") => ({ kind: "tcp", host, port }) as const;
const target = (port: number, changes: Partial<ProbeTarget> = {}): ProbeTarget => ({
  where: at(port),
  node: "127.0.0.1",
  pin: keys.pin,
  path: "/user/alice/api/status",
  header: { header: "authorization", value: `token ${SECRET}` },
  ...changes,
});

async function startApp(keyPem: string | null) {
  const app = await startSessionApp(keyPem);
  cleanups.push(() => app.close());
  return app;
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Somebody else's TLS server, and what it was told after the handshake. */
async function startStranger(key: string): Promise<{ port: number; heard: () => string }> {
  let heard = "";
  const server = createTlsServer({ key, cert: makeSessionCertificate(key, "stranger", Date.now()) }, (socket) => {
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      heard += chunk.toString();
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
  });
  return { port: await listen(server), heard: () => heard };
}

describe("the right key", () => {
  test.each([200, 204, 302])("an answer of %i is an answer, asked with the session's secret", async (status) => {
    const app = await startApp(keys.keyPem);
    app.status = status;
    expect(await probe(target(app.port), 5000, signal)).toEqual({ ok: true });
    expect(app.requests[0]).toMatchObject({ method: "GET", url: "/user/alice/api/status", headers: { authorization: `token ${SECRET}` } });
  });

  test.each([401, 404, 500, 503])("an answer of %i is none", async (status) => {
    const app = await startApp(keys.keyPem);
    app.status = status;
    expect(await probe(target(app.port), 5000, signal)).toEqual({ ok: false, why: "bad_answer", detail: `HTTP ${status}` });
  });

  test("by the node's name, too", async () => {
    const app = await startApp(keys.keyPem);
    expect(await probe(target(app.port, { where: at(app.port, "localhost"), node: "localhost" }), 5000, signal)).toEqual({ ok: true });
  });
});

describe("another key on its port", () => {
  test("sees no byte of the request", async () => {
    const { privateKey } = generateKeyPairSync("ec", {
      namedCurve: "prime256v1",
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const stranger = await startStranger(privateKey);
    expect(await probe(target(stranger.port), 5000, signal)).toMatchObject({ ok: false, why: "other_key" });
    expect(stranger.heard()).toBe("");
  });

  test("the secrets of another run are another key", async () => {
    const app = await startApp(deriveSessionKeys(Buffer.alloc(32, 7), "abcdefgh2345", 1).keyPem);
    expect(await probe(target(app.port), 5000, signal)).toMatchObject({ ok: false, why: "other_key" });
    expect(app.requests).toEqual([]);
  });

  test("plain HTTP where TLS is due: nothing readable reaches it", async () => {
    let heard = "";
    const port = await listen(createServer((socket) => socket.on("data", (chunk) => (heard += chunk.toString("latin1")))));
    expect(await probe(target(port), 300, signal)).toMatchObject({ ok: false });
    expect(heard).not.toContain(SECRET);
    expect(heard).not.toContain("GET");
  });
});

describe("no answer", () => {
  test("nobody listens", async () => {
    const app = await startSessionApp(null);
    await app.close();
    expect(await probe(target(app.port), 5000, signal)).toMatchObject({ ok: false, why: "refused" });
  });

  test.each([
    ["says nothing at all", keys.pin],
    ["says nothing to plain HTTP", null],
  ])("somebody who %s", async (_, pin) => {
    const port = await listen(createServer());
    expect(await probe(target(port, { pin }), 200, signal)).toEqual({ ok: false, why: "silent", detail: "no answer in time" });
    await expect(askOnce(target(port, { pin }), 200, signal)).rejects.toThrow("no answer in time");
  });

  test("a name that nobody knows", async () => {
    expect(await probe(target(1, { where: at(1, "no-such-node.invalid") }), 5000, signal)).toMatchObject({ ok: false, why: "silent" });
  });

  test("is over when all is to end", async () => {
    const port = await listen(createServer());
    const ending = new AbortController();
    const result = probe(target(port), 60_000, ending.signal);
    ending.abort();
    expect(await result).toMatchObject({ ok: false, why: "silent" });
    expect(await probe(target(port), 60_000, ending.signal)).toMatchObject({ ok: false });
  });
});

describe("a server that means us harm", () => {
  const answers = {
    nonsense: "hello there\r\n\r\n",
    "endless headers": `HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(20_000)}`,
    "an upgrade nobody asked for": "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
    "half an answer": "HTTP/1.1 2",
  };
  test.each(Object.entries(answers))("%s: no answer, and nothing of ours falls over", async (_, text) => {
    const port = await listen(createServer((socket) => socket.once("data", () => socket.end(text))));
    expect(await probe(target(port, { pin: null }), 500, signal)).toMatchObject({ ok: false });
  });

  test("a body without end is not waited for", async () => {
    const port = await listen(
      createServer((socket) => {
        socket.once("data", () => {
          socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
          const timer = setInterval(() => socket.write("4\r\nabcd\r\n"), 1);
          socket.once("close", () => clearInterval(timer));
        });
      }),
    );
    expect(await probe(target(port, { pin: null }), 5000, signal)).toEqual({ ok: true });
  });
});

describe("a claimed host that is no node", () => {
  // 2130706433 and 127.1 are how a resolver may also write 127.0.0.1.
  test.each(["127.0.0.1", "localhost", "0.0.0.0", "169.254.169.254", "2130706433", "127.1", "0::1", "::ffff:127.0.0.1", "224.0.0.1"])(
    "%s is not connected to",
    async (host) => {
      const app = await startApp(null);
      const result = await probe(target(app.port, { where: at(app.port, host), node: "no-such-node.invalid", pin: null }), 5000, signal);
      expect(result.ok).toBe(false);
      expect(await probe(target(app.port, { where: at(app.port, host), node: null, pin: null }), 5000, signal)).toMatchObject({
        why: "not_a_node",
      });
      expect(app.requests).toEqual([]);
    },
  );
});
