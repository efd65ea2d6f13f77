import { once } from "node:events";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { ask, echoed, TestEdge, until } from "./harness.ts";
import { makeCertificate, TestApp } from "./test-app.ts";
import { TestHub, toRoute } from "./test-hub.ts";

const nowSeconds = () => Math.floor(Date.now() / 1000);

/** Everything as a site has it that keeps Fairway below a path, over TLS. */
describe.each([
  { baseUrl: "/", isSecure: false, session: "fairway", login: "fairway-login", path: "/", flags: "" },
  { baseUrl: "/jupyter/", isSecure: false, session: "fairway", login: "fairway-login", path: "/jupyter/", flags: "" },
  { baseUrl: "/", isSecure: true, session: "__Host-fairway", login: "__Host-fairway-login", path: "/", flags: "; Secure" },
  {
    baseUrl: "/jupyter/",
    isSecure: true,
    session: "__Secure-fairway",
    login: "__Secure-fairway-login",
    path: "/jupyter/",
    flags: "; Secure",
  },
])("cookies below $baseUrl (TLS: $isSecure)", ({ baseUrl, isSecure, session, login, path, flags }) => {
  const hub = new TestHub();
  let app: TestApp;
  let edge: TestEdge;

  beforeAll(async () => {
    app = await new TestApp(makeCertificate("alice")).listen();
    hub.state.routes = [toRoute("alice", app.upstream)];
    hub.logins.set("alices-login", "alice");
    hub.logins.set("bobs-login", "bob");
    await hub.start();
    const tls = isSecure ? makeCertificate("edge") : null;
    const listeners = [
      { kind: "tcp" as const, address: "127.0.0.1", port: 0, tls: tls === null ? null : { certFile: tls.certFile, keyFile: tls.keyFile } },
    ];
    edge = await TestEdge.start(hub, { config: { baseUrl, listeners }, limits: { renewalReuseMs: 0 } });
    await edge.knowsHub();
  });
  afterAll(async () => {
    await edge.close();
    await app.close();
    await hub.stop();
  });
  beforeEach(() => {
    hub.calls.length = 0;
  });

  const visit = async (cookie: string, headers: Record<string, string> = {}) =>
    ask(edge, `${baseUrl}user/alice/lab`, { headers: { cookie, ...headers } });

  it("let in by the name that fits, and renew nothing while it is fresh", async () => {
    const answer = await visit(`${session}=${await hub.signCookie("alice")}; ${login}=alices-login`);
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ url: `${baseUrl}user/alice/lab` });
    expect(answer.headers["set-cookie"]).toBeUndefined();
    expect(hub.calls).toEqual([]);
  });
  it("are stripped under all their names", async () => {
    const names = ["fairway", "__Host-fairway", "__Secure-fairway", "fairway-login", "__Host-fairway-login", "__Secure-fairway-login"];
    const others = names.filter((name) => name !== session).map((name) => `${name}=x`);
    const answer = await visit([`a=1`, ...others, `${session}=${await hub.signCookie("alice")}`, "b=2"].join("; "));
    // A login cookie of any value is asked for only when the short one runs out.
    expect(echoed(answer).get("cookie")).toEqual(["a=1; b=2"]);
  });
  it.each([
    ["missing", async () => ""],
    ["expired", async () => `${session}=${await hub.signCookie("alice", { issuedAt: nowSeconds() - 601 })}; `],
    ["nearly over", async () => `${session}=${await hub.signCookie("alice", { issuedAt: nowSeconds() - 400 })}; `],
    ["unreadable", async () => `${session}=x; `],
  ])("are renewed when the short one is %s", async (_name, short) => {
    const answer = await visit(`${await short()}${login}=alices-login`);
    expect(answer.status).toBe(200);
    expect(hub.calls).toEqual(["/logins/renew"]);
    const [value, ...attributes] = answer.headers["set-cookie"]?.[0]?.split("; ") ?? [];
    expect(value).toMatch(new RegExp(`^${session}=ey`));
    expect(`; ${attributes.join("; ")}`).toBe(`; Path=${path}; Max-Age=600; HttpOnly; SameSite=Lax${flags}`);
    expect((await visit(value!)).status).toBe(200);
  });
  it("beside the app's own: both reach the browser", async () => {
    app.handler = ((echo) => (_req, res) => {
      app.handler = echo;
      res.setHeader("set-cookie", ["app=1"]);
      res.end();
    })(app.handler);
    const answer = await visit(`${login}=alices-login`);
    expect(answer.headers["set-cookie"]?.map((cookie) => cookie.split("=")[0])).toEqual(["app", session]);
  });
  it("of a void sign-in lead to the sign-in page", async () => {
    const answer = await visit(`${login}=unknown`, { accept: "text/html" });
    expect(answer.status).toBe(302);
    expect(answer.headers.location).toBe(`${baseUrl}hub/login?next=${encodeURIComponent(`${baseUrl}user/alice/lab`)}`);
    expect((await visit(`${login}=unknown`)).status).toBe(401);
  });
  it("of somebody else's sign-in are refused", async () => {
    expect((await visit(`${login}=bobs-login`)).status).toBe(403);
  });
});

describe("renewal", () => {
  const hub = new TestHub();
  let app: TestApp;
  let edge: TestEdge;
  beforeAll(async () => {
    app = await new TestApp(makeCertificate("alice")).listen();
    app.server.on("upgrade", (_req, socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n");
    });
    hub.state.routes = [toRoute("alice", app.upstream)];
    hub.logins.set("alices-login", "alice");
    await hub.start();
    edge = await TestEdge.start(hub);
    await edge.knowsHub();
  });
  afterAll(async () => {
    await edge.close();
    await app.close();
    await hub.stop();
  });
  beforeEach(() => {
    hub.calls.length = 0;
  });

  it("asks the hub once for all requests of a page", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ask(edge, "/user/alice/", { headers: { cookie: "fairway-login=alices-login" } })),
    );
    expect(answers.map((answer) => answer.status)).toEqual(Array(20).fill(200));
    expect(hub.calls).toEqual(["/logins/renew"]);
  });
  it("lets a WebSocket in by the login cookie", async () => {
    const socket = new WebSocket(`ws://${edge.host}/user/alice/ws`, {
      headers: { cookie: "fairway-login=alices-login", origin: edge.origin },
    });
    // The app's handshake answer is not a valid one; that it was asked at all is the point.
    const [error] = (await once(socket, "error")) as [Error];
    expect(error.message).toContain("Sec-WebSocket-Accept");
  });
  it("is over at once when the sign-in is revoked", async () => {
    expect((await ask(edge, "/user/alice/", { headers: { cookie: "fairway-login=alices-login" } })).status).toBe(200);
    hub.logins.delete("alices-login");
    hub.revoke({ kind: "login", id: "id-alices-login", at: Date.now() });
    await until(async () => (await ask(edge, "/user/alice/", { headers: { cookie: "fairway-login=alices-login" } })).status === 401);
  });
});
