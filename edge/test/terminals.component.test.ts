import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { TestEdge, until } from "./harness.ts";
import { TestHub, toRoute } from "./test-hub.ts";

describe("a browser's terminal", () => {
  const hub = new TestHub();
  const hers = toRoute("alice", null);
  const shaken: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
  const wss = new WebSocketServer({ noServer: true });
  let door: Server;
  let edge: TestEdge;

  beforeAll(async () => {
    const terminalsSocket = join(hub.dir, "terminals.sock");
    door = createServer().on("upgrade", (req, socket, head) => {
      shaken.push({ url: req.url, headers: req.headers });
      wss.handleUpgrade(req, socket, head, (ws) => ws.on("message", (data, isBinary) => ws.send(data, { binary: isBinary })));
    });
    door.listen(terminalsSocket);
    await once(door, "listening");
    hub.state.routes = [hers, toRoute("bob", null)];
    await hub.start();
    edge = await TestEdge.start(hub, { config: { baseUrl: "/jupyter/", terminalsSocket }, limits: { activityMs: 50 } });
    await edge.knowsHub();
  });
  afterAll(async () => {
    await edge.close();
    for (const client of wss.clients) client.terminate();
    door.close();
    await hub.stop();
  });

  const address = (sessionId: string, base = "/jupyter/") => `ws://${edge.host}${base}terminal/${sessionId}/socket`;
  const byCookie = async (user: string, login = `login-of-${user}`) => ({
    cookie: `fairway=${await hub.signCookie(user, { login })}`,
    origin: edge.origin,
  });
  const open = async (headers: Record<string, string>, url = address(hers.sessionId)) => {
    const socket = new WebSocket(url, { headers });
    await once(socket, "open");
    return socket;
  };
  const status = (headers: Record<string, string>, url: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const socket = new WebSocket(url, { headers });
      socket.on("unexpected-response", (_req, res) => resolve(res.statusCode));
      socket.on("open", () => reject(new Error("it was let in")));
      socket.on("error", () => undefined);
    });
  const credentialOf = (headers: IncomingHttpHeaders | undefined) => JSON.parse(String(headers?.["x-fairway-credential"])) as unknown;

  it("comes to the door with who was let in, also before the session's app answers", async () => {
    const socket = await open(await byCookie("alice"));
    socket.send(Buffer.from("ls\r"));
    expect(String((await once(socket, "message"))[0])).toBe("ls\r");
    const { url, headers } = shaken.at(-1)!;
    expect(url).toBe(`/jupyter/terminal/${hers.sessionId}/socket`);
    expect(credentialOf(headers)).toEqual({ kind: "login", id: "login-of-alice", user: "alice", expiresAt: null });
    expect(headers.cookie).toBeUndefined();
    socket.terminate();
  });

  it("says of a token which it is and until when", async () => {
    const expiresAt = Date.now() + 60_000;
    const token = hub.newToken("alice", { id: "token2222222", expiresAt });
    const socket = await open({ authorization: `token ${token}` });
    expect(credentialOf(shaken.at(-1)?.headers)).toEqual({ kind: "token", id: "token2222222", user: "alice", expiresAt });
    expect(JSON.stringify(shaken.at(-1)?.headers)).not.toContain(token);
    socket.terminate();
  });

  it("on a login node comes to the door for whoever is signed in, which says nothing of a session", async () => {
    const socket = await open(await byCookie("bob"), address("login@hpc"));
    socket.send(Buffer.from("ls\r"));
    expect(String((await once(socket, "message"))[0])).toBe("ls\r");
    const { url, headers } = shaken.at(-1)!;
    expect(url).toBe("/jupyter/terminal/login@hpc/socket");
    expect(credentialOf(headers)).toMatchObject({ kind: "login", user: "bob" });
    expect(await status({ origin: edge.origin }, address("login@hpc"))).toBe(401);
    expect(await status({ ...(await byCookie("bob")), origin: "https://evil.example" }, address("login@hpc"))).toBe(403);
    const hersToo = await open(await byCookie("alice"));
    hersToo.terminate();
    const reported = () => hub.activity.flatMap((report) => Object.keys(report));
    await until(() => reported().includes(hers.sessionId));
    expect(reported()).not.toContain("login@hpc");
    socket.terminate();
  });

  it.each(["x-fairway-credential", "X_Fairway_Credential", "X-FAIRWAY-CREDENTIAL"])(
    "takes no credential from a client (%s)",
    async (name) => {
      const forged = JSON.stringify({ kind: "login", id: "login-of-bob", user: "bob", expiresAt: null });
      const socket = await open({ ...(await byCookie("alice")), [name]: forged });
      expect(JSON.stringify(shaken.at(-1)?.headers)).not.toContain("bob");
      socket.terminate();
    },
  );

  it("lets nobody in who is not signed in, comes from another site's page, or wants somebody else's", async () => {
    const before = shaken.length;
    expect(await status({ origin: edge.origin }, address(hers.sessionId))).toBe(401);
    expect(await status({ ...(await byCookie("alice")), origin: "https://elsewhere.example" }, address(hers.sessionId))).toBe(403);
    expect(await status(await byCookie("bob"), address(hers.sessionId))).toBe(404);
    expect(await status(await byCookie("bob"), address("nosuchsessio"))).toBe(404);
    const weak = hub.newToken("alice", { scopes: ["read:hub"] });
    expect(await status({ authorization: `token ${weak}` }, address(hers.sessionId))).toBe(403);
    expect(await status(await byCookie("alice"), address(hers.sessionId, "/"))).toBe(404);
    expect(shaken).toHaveLength(before);
  });

  it("is cut when the sign-in that opened it is revoked", async () => {
    const socket = await open(await byCookie("alice", "login-2"));
    const other = await open(await byCookie("alice", "login-3"));
    const closed = once(socket, "close");
    hub.revoke({ kind: "login", id: "login-2", at: Date.now() });
    await closed;
    other.send("still here");
    expect(String((await once(other, "message"))[0])).toBe("still here");
    other.terminate();
    await until(() => wss.clients.size === 0);
  });
});

it("there is none at a site without a door", async () => {
  const hub = new TestHub();
  const route = toRoute("alice", null);
  hub.state.routes = [route];
  await hub.start();
  const edge = await TestEdge.start(hub);
  await edge.knowsHub();
  const socket = new WebSocket(`ws://${edge.host}/terminal/${route.sessionId}/socket`, {
    headers: { authorization: `token ${hub.newToken("alice")}` },
  });
  const [, response] = (await once(
    socket.on("error", () => undefined),
    "unexpected-response",
  )) as [unknown, { statusCode: number }];
  expect(response.statusCode).toBe(404);
  await edge.close();
  await hub.stop();
});
