import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { askRaw, TestEdge, until } from "./harness.ts";
import { makeCertificate, TestApp } from "./test-app.ts";
import { TestHub, toRoute } from "./test-hub.ts";

describe("WebSockets", () => {
  const hub = new TestHub();
  let app: TestApp;
  let edge: TestEdge;
  let token: string;
  let handshakes: Record<string, unknown>[] = [];
  const wss = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false });

  beforeAll(async () => {
    app = await new TestApp(makeCertificate("alice")).listen();
    app.server.on("upgrade", (req, socket: Socket, head) => {
      handshakes.push({ url: req.url, ...req.headers });
      if (req.url?.endsWith("/refused"))
        socket.end("HTTP/1.1 418 Teapot\r\nContent-Length: 2\r\nX-App: yes\r\nSet-Cookie: fairway=x\r\n\r\nno");
      else if (req.url?.endsWith("/raw")) speakRaw(socket, head);
      else if (req.url?.endsWith("/stubborn")) ignoreEnd(socket);
      else wss.handleUpgrade(req, socket, head, (ws) => ws.on("message", (data, isBinary) => ws.send(data, { binary: isBinary })));
    });
    hub.state.routes = [toRoute("alice", app.upstream), toRoute("carol", null)];
    await hub.start();
    edge = await TestEdge.start(hub);
    await edge.knowsHub();
    token = hub.newToken("alice");
  });
  afterAll(async () => {
    await edge.close();
    await app.close();
    await hub.stop();
  });
  beforeEach(() => {
    handshakes = [];
  });

  /** Speaks bytes, not frames: greets with the handshake, then echoes, and ends when the client ends. */
  const speakRaw = (socket: Socket, head: Buffer) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\ngreeting;");
    if (head.length > 0) socket.write(head);
    socket.on("data", (chunk) => socket.write(chunk));
    socket.on("end", () => socket.end("last word"));
  };

  const ignoreEnd = (socket: Socket) => {
    socket.resume();
    socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
  };

  const open = (path: string, headers: Record<string, string>, protocols: string[] = []) =>
    new WebSocket(`ws://${edge.host}${path}`, protocols, { headers });
  const byToken = () => ({ authorization: `token ${token}` });
  const opened = async (socket: WebSocket) => {
    await once(socket, "open");
    return socket;
  };
  const refusal = (socket: WebSocket) =>
    new Promise<number | undefined>((resolve, reject) => {
      socket.on("unexpected-response", (_req, res) => resolve(res.statusCode));
      socket.on("open", () => reject(new Error("it was let in")));
    });
  const handshakeBytes = (path: string) =>
    `GET ${path} HTTP/1.1\r\nHost: ${edge.host}\r\nAuthorization: token ${token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n`;

  it("carry text and bytes both ways", async () => {
    const socket = await opened(open("/user/alice/api/kernels/1/channels?session_id=2", byToken()));
    socket.send("hello");
    expect(String((await once(socket, "message"))[0])).toBe("hello");
    const bytes = Buffer.alloc(1 << 20, 7);
    socket.send(bytes);
    expect(bytes.equals((await once(socket, "message"))[0] as Buffer)).toBe(true);
    expect(handshakes[0]).toMatchObject({ url: "/user/alice/api/kernels/1/channels?session_id=2" });
    socket.terminate();
  });

  it("agree on a subprotocol", async () => {
    const socket = await opened(open("/user/alice/ws", byToken(), ["v1.kernel.websocket.jupyter.org"]));
    expect(socket.protocol).toBe("v1.kernel.websocket.jupyter.org");
    socket.terminate();
  });

  it("show the app its secret and not our credentials", async () => {
    const cookie = `a=1; fairway=${await hub.signCookie("alice")}`;
    const socket = await opened(open("/user/alice/ws", { cookie, origin: edge.origin }));
    expect(handshakes[0]).toMatchObject({
      "x-session-secret": "secret-of-alice",
      cookie: "a=1",
      origin: edge.origin,
      "x-forwarded-for": "127.0.0.1",
    });
    socket.terminate();
  });

  it("close with the app's code", async () => {
    const socket = await opened(open("/user/alice/ws", byToken()));
    for (const ws of wss.clients) ws.close(4001, "because");
    const [code, reason] = await once(socket, "close");
    expect([code, String(reason)]).toEqual([4001, "because"]);
  });

  it("refuse nobody's, another's and a wrong credential", async () => {
    expect(await refusal(open("/user/alice/ws", {}))).toBe(401);
    expect(await refusal(open("/user/alice/ws", { authorization: `token ${hub.newToken("bob")}` }))).toBe(403);
    expect(await refusal(open("/user/alice/ws", { cookie: `fairway=${await hub.signCookie("bob")}`, origin: edge.origin }))).toBe(403);
    expect(await refusal(open("/user/alice/ws", { authorization: `token fwt_${"x".repeat(43)}` }))).toBe(401);
    expect(handshakes).toHaveLength(0);
  });

  it.each([[{}], [{ origin: "https://evil.example" }], [{ origin: "null" }], [{ "sec-fetch-site": "same-site" }]])(
    "by cookie need a page of ours: %j",
    async (claims: Record<string, string>) => {
      const headers = { cookie: `fairway=${await hub.signCookie("alice")}`, ...claims };
      expect(await refusal(open("/user/alice/ws", headers))).toBe(403);
      expect(handshakes).toHaveLength(0);
    },
  );

  it("of a session that does not run get 424", async () => {
    expect(await refusal(open("/user/carol/ws", { authorization: `token ${hub.newToken("carol")}` }))).toBe(424);
  });

  it("exist nowhere but in sessions", async () => {
    expect(await refusal(open("/hub/api/ws", byToken()))).toBe(404);
    expect(await refusal(open("/", byToken()))).toBe(404);
  });

  it("pass on the app's refusal, without its claim on our cookies", async () => {
    const text = await askRaw(edge, handshakeBytes("/user/alice/refused"));
    expect(text).toMatch(/^HTTP\/1\.1 418 Teapot\r\n/);
    expect(text).toContain("X-App: yes");
    expect(text).not.toContain("fairway=x");
    expect(text.endsWith("no")).toBe(true);
  });

  it("lose no byte that came with either handshake", async () => {
    const text = await askRaw(edge, `${handshakeBytes("/user/alice/raw")}early;`, 1_000);
    expect(text.split("\r\n\r\n")[1]).toBe("greeting;early;");
  });

  it("carry a half-close: the app's last words still arrive", async () => {
    const socket = connect({ port: edge.port, host: "127.0.0.1", allowHalfOpen: true });
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.write(handshakeBytes("/user/alice/raw"));
    await until(() => text.includes("greeting;"));
    socket.end("bye;");
    await once(socket, "close");
    expect(text.endsWith("greeting;bye;last word")).toBe(true);
  });

  it("end at the app when the client vanishes", async () => {
    const socket = await opened(open("/user/alice/ws", byToken()));
    expect(wss.clients.size).toBe(1);
    socket.terminate();
    await until(() => wss.clients.size === 0);
  });

  it("end at the client when the app vanishes", async () => {
    const socket = await opened(open("/user/alice/ws", byToken()));
    for (const ws of wss.clients) ws.terminate();
    expect((await once(socket, "close"))[0]).toBe(1006);
  });

  it("do not outlive a client that has ended, when the app ignores that", async () => {
    const hasty = await TestEdge.start(hub, { limits: { halfOpenMs: 300 } });
    await hasty.knowsHub();
    const socket = connect({ port: hasty.port, host: "127.0.0.1", allowHalfOpen: true });
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.write(handshakeBytes("/user/alice/stubborn"));
    await until(() => text.includes("101"));
    socket.end();
    await once(socket, "close");
    await hasty.close();
  });

  it("are an ordinary request when something else than a WebSocket is asked for", async () => {
    const text = await askRaw(
      edge,
      `GET /user/alice/ HTTP/1.1\r\nHost: x\r\nAuthorization: token ${token}\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it.each(["POST", "PUT"])("are no %s", async (method) => {
    const text = await askRaw(edge, handshakeBytes("/user/alice/ws").replace("GET", method));
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(handshakes).toHaveLength(0);
  });

  it("bring no body, in which a second request could hide", async () => {
    const text = await askRaw(edge, handshakeBytes("/user/alice/ws").replace("\r\n\r\n", "\r\nContent-Length: 5\r\n\r\nhello"));
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(handshakes).toHaveLength(0);
  });

  it("leave nothing behind", async () => {
    for (const ws of wss.clients) ws.terminate();
    await until(() => wss.clients.size === 0);
  });
});
