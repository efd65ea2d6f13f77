import { once } from "node:events";
import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { until } from "./harness.ts";
import { byToken, Scene } from "./scene.ts";
import { makeCertificate } from "./test-app.ts";
import { toRoute } from "./test-hub.ts";

const certificate = makeCertificate("alice");

describe("what is open", () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.open(certificate);
  });
  afterEach(() => scene.close());

  describe("revocations", () => {
    beforeEach(async () => {
      await scene.startEdge();
      await scene.edge.knowsHub();
    });

    it("of a sign-in void its cookies and close its sockets, and no others", async () => {
      const [gone, stays] = [await scene.byCookie("alice", "laptop"), await scene.byCookie("alice", "desk")];
      const [goneSocket, staysSocket] = [await scene.openSocket(gone), await scene.openSocket(stays)];
      scene.hub.revoke({ kind: "login", id: "laptop", at: Date.now() });
      await once(goneSocket, "close");
      expect(await scene.status(gone)).toBe(401);
      expect(await scene.status(stays)).toBe(200);
      expect(staysSocket.readyState).toBe(WebSocket.OPEN);
      staysSocket.terminate();
    });
    it("of a user void everything from before, by cookie and by token", async () => {
      const token = byToken(scene.hub.newToken("alice"));
      const cookie = {
        cookie: `fairway=${await scene.hub.signCookie("alice", { issuedAt: Math.floor(Date.now() / 1000) - 5 })}`,
        origin: scene.edge.origin,
      };
      const sockets = [await scene.openSocket(cookie), await scene.openSocket(token)];
      const closed = Promise.all(sockets.map((socket) => once(socket, "close")));
      scene.hub.tokens.clear();
      scene.hub.revoke({ kind: "user", user: "alice", at: Date.now() });
      await closed;
      expect(await scene.status(cookie)).toBe(401);
      expect(await scene.status(token)).toBe(401);
      const later = { cookie: `fairway=${await scene.hub.signCookie("alice", { issuedAt: Math.floor(Date.now() / 1000) + 1 })}` };
      expect(await scene.status(later)).toBe(200);
    });
    it("of a token are felt before its minute is over, and close its sockets", async () => {
      const token = scene.hub.newToken("alice");
      const socket = await scene.openSocket(byToken(token));
      const [sha256, found] = [...scene.hub.tokens][0]!;
      scene.hub.tokens.delete(sha256);
      expect(await scene.status(byToken(token))).toBe(200);
      scene.hub.revoke({ kind: "token", id: found.id, at: Date.now() });
      await once(socket, "close");
      expect(await scene.status(byToken(token))).toBe(401);
    });
    it("end streams, too", async () => {
      scene.app.handler = (_req, res) => {
        res.writeHead(200);
        res.write("open");
      };
      const headers = await scene.byCookie();
      const req = request({ host: "127.0.0.1", port: scene.edge.port, path: "/user/alice/events", headers });
      req.end();
      const [res] = await once(req, "response");
      const failed = once(res, "error");
      scene.hub.revoke({ kind: "login", id: "login-of-alice", at: Date.now() });
      await failed;
    });
    it("missed while the feed was cut are made up for", async () => {
      const headers = await scene.byCookie();
      const socket = await scene.openSocket(headers);
      await scene.hub.stop();
      scene.hub.state.revocations.push({ kind: "login", id: "login-of-alice", at: Date.now() });
      await scene.hub.start();
      await once(socket, "close");
      expect(await scene.status(headers)).toBe(401);
    });
  });

  it("does not outlive the token that opened it: sockets and streams", async () => {
    let now = Date.now();
    await scene.startEdge({}, () => now);
    await scene.edge.knowsHub();
    scene.app.handler = (_req, res) => {
      res.writeHead(200);
      res.write("open");
    };
    const headers = byToken(scene.hub.newToken("alice", { expiresAt: now + 100 }));
    const stays = await scene.openSocket(byToken(scene.hub.newToken("alice", { expiresAt: now + 400 * 86_400_000 })));
    const socket = await scene.openSocket(headers);
    const req = request({ host: "127.0.0.1", port: scene.edge.port, path: "/user/alice/events", headers });
    req.end();
    const [res] = await once(req, "response");
    expect(socket.readyState).toBe(WebSocket.OPEN);
    const over = Promise.all([once(socket, "close"), once(res, "error")]);
    now += 100;
    await over;
    expect(await scene.status(headers)).toBe(401);
    expect(stays.readyState).toBe(WebSocket.OPEN);
    stays.terminate();
  });

  describe("a session's end", () => {
    beforeEach(async () => {
      await scene.startEdge();
      await scene.edge.knowsHub();
    });
    it.each(["route gone", "no upstream any more", "another owner", "another session"])("closes its sockets: %s", async (how) => {
      const socket = await scene.openSocket(await scene.byCookie());
      const route = scene.hub.state.routes[0]!;
      if (how === "route gone") scene.hub.removeRoute(route);
      else if (how === "no upstream any more") scene.hub.setRoute({ ...route, upstream: null, state: "ended" });
      else if (how === "another owner") scene.hub.setRoute({ ...route, owner: "bob" });
      else scene.hub.setRoute({ ...route, sessionId: "another23456" });
      await once(socket, "close");
      await until(() => scene.wss.clients.size === 0);
    });
    it("is not a change of its words", async () => {
      const socket = await scene.openSocket(await scene.byCookie());
      scene.hub.setRoute({ ...scene.hub.state.routes[0]!, state: "unreachable", label: "Not reachable" });
      scene.hub.setRoute(toRoute("bob", scene.app.upstream));
      await until(async () => (await scene.status(await scene.byCookie("bob"), "/user/bob/")) === 200);
      expect(socket.readyState).toBe(WebSocket.OPEN);
      socket.terminate();
    });
  });
});
