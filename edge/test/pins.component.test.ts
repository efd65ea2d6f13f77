import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { ask, TestEdge, until } from "./harness.ts";
import { makeCertificate, TestApp } from "./test-app.ts";
import { TestHub, toRoute } from "./test-hub.ts";

/** The port of an ended app may be bound by anybody on the node, also while the route still stands. */
describe("an upstream's identity", () => {
  const hub = new TestHub();
  const certificate = makeCertificate("alice");
  let edge: TestEdge;
  let headers: Record<string, string>;

  beforeAll(async () => {
    await hub.start();
    edge = await TestEdge.start(hub, { limits: { connectMs: 20_000 } });
    await until(() => hub.feedCount === 1);
    headers = { authorization: `token ${hub.newToken("alice")}` };
  });
  afterAll(async () => {
    await edge.close();
    await hub.stop();
  });

  /** Points alice's route at an app, while the pin says that it is somebody with that certificate. */
  const pointAt = async (app: TestApp, pin: string | null) => {
    const route = toRoute("alice", { kind: "tcp", host: "127.0.0.1", port: app.port, pin });
    hub.setRoute(route);
    await until(async () => {
      const answer = await ask(edge, "/user/alice/", { headers });
      return answer.status !== 424;
    });
    return route;
  };

  it("is taken on the pinned certificate", async () => {
    const app = await new TestApp(certificate).listen();
    await pointAt(app, certificate.pin);
    expect((await ask(edge, "/user/alice/", { headers })).status).toBe(200);
    await app.close();
  });

  it("is refused on another certificate, before one byte of the request", async () => {
    const thief = await new TestApp(makeCertificate("alice")).listen();
    await pointAt(thief, certificate.pin);
    const answer = await ask(edge, "/user/alice/", { headers });
    expect(answer.status).toBe(502);
    expect(answer.json()).toMatchObject({ code: "session_unreachable" });
    expect(thief.bytesRead).toBe(0);
    expect(thief.requests).toHaveLength(0);
    await thief.close();
  });

  it("is refused for a WebSocket too", async () => {
    const thief = await new TestApp(makeCertificate("alice")).listen();
    await pointAt(thief, certificate.pin);
    const socket = new WebSocket(`ws://${edge.host}/user/alice/ws`, { headers });
    const status = await new Promise((resolve) => socket.on("unexpected-response", (_req, res) => resolve(res.statusCode)));
    expect(status).toBe(502);
    expect(thief.bytesRead).toBe(0);
    await thief.close();
  });

  it("is refused without TLS, and nothing but a handshake was said", async () => {
    const plain = await new TestApp(null).listen();
    await pointAt(plain, certificate.pin);
    expect((await ask(edge, "/user/alice/", { headers })).status).toBe(502);
    expect(plain.requests).toHaveLength(0);
    await plain.close();
  });

  it("gives a person a page that says so and tries again", async () => {
    const app = await new TestApp(certificate).listen();
    const route = await pointAt(app, certificate.pin);
    await app.close();
    const answer = await ask(edge, "/user/alice/", { headers: { ...headers, accept: "text/html" } });
    expect(answer.status).toBe(502);
    expect(answer.body).toContain("Not reachable");
    expect(answer.body).toContain(`href="/sessions/${route.sessionId}"`);
    expect(answer.body).toContain('http-equiv="refresh"');
  });

  it("is plain TCP where the site has switched pinning off", async () => {
    const app = await new TestApp(null).listen();
    await pointAt(app, null);
    expect((await ask(edge, "/user/alice/", { headers })).status).toBe(200);
    await app.close();
  });

  it("is a Unix socket where the route is one", async () => {
    const app = new TestApp(null);
    const path = join(hub.dir, "app.sock");
    await new Promise<void>((resolve) => app.server.listen(path, resolve));
    hub.setRoute(toRoute("alice", { kind: "unix", pin: null, path }));
    await until(async () => (await ask(edge, "/user/alice/", { headers })).status === 200);
    await app.close();
  });
});
