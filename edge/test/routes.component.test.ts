import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, until } from "./harness.ts";
import { Scene } from "./scene.ts";
import { makeCertificate, TestApp } from "./test-app.ts";
import { toRoute } from "./test-hub.ts";

const certificate = makeCertificate("alice");

describe("what the hub's feed says", () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.open(certificate);
  });
  afterEach(() => scene.close());

  describe("routes", () => {
    beforeEach(async () => {
      await scene.startEdge();
      await scene.edge.knowsHub();
    });

    it("come and go", async () => {
      const route = toRoute("bob", scene.app.upstream);
      const headers = await scene.byCookie("bob");
      expect(await scene.status(headers, "/user/bob/")).toBe(424);
      scene.hub.setRoute(route);
      await until(async () => (await scene.status(headers, "/user/bob/")) === 200);
      scene.hub.removeRoute(route);
      await until(async () => (await scene.status(headers, "/user/bob/")) === 424);
    });
    it("do not go when it is an older session that went", async () => {
      const headers = await scene.byCookie();
      scene.hub.push({ kind: "route-gone", prefix: "/user/alice/", sessionId: "another23456" });
      scene.hub.setRoute(toRoute("bob", null));
      await until(async () =>
        (await ask(scene.edge, "/user/bob/", { headers: await scene.byCookie("bob") })).body.includes("starting on c1"),
      );
      expect(await scene.status(headers)).toBe(200);
    });
    it("match by the longest prefix", async () => {
      const second = await new TestApp(certificate).listen();
      second.handler = (_req, res) => res.end("second");
      scene.hub.setRoute(toRoute("alice", second.upstream, { prefix: "/user/alice/second/" }));
      const headers = await scene.byCookie();
      await until(async () => (await ask(scene.edge, "/user/alice/second/lab", { headers })).body === "second");
      expect((await ask(scene.edge, "/user/alice/secondary/", { headers })).body).not.toBe("second");
      expect((await ask(scene.edge, "/user/alice/lab", { headers })).json()).toMatchObject({ url: "/user/alice/lab" });
      const bare = await ask(scene.edge, "/user/alice/second?x=1", { headers });
      expect([bare.status, bare.headers.location]).toEqual([302, "/user/alice/second/?x=1"]);
      const root = await ask(scene.edge, "/user/alice", { headers });
      expect([root.status, root.headers.location]).toEqual([302, "/user/alice/"]);
      await second.close();
    });
    it("that get another app use no connection of the last one", async () => {
      // The app asks to keep connections longer than this test may last.
      scene.app.server.keepAliveTimeout = 60_000;
      const headers = await scene.byCookie();
      expect(await scene.status(headers)).toBe(200);
      const other = await new TestApp(certificate).listen();
      other.handler = (_req, res) => res.end("other");
      scene.hub.setRoute(toRoute("alice", other.upstream));
      await until(async () => (await ask(scene.edge, "/user/alice/", { headers })).body === "other");
      await until(() => scene.app.sockets.size === 0);
      await other.close();
    });
  });

  describe("a feed that is not right", () => {
    const feeds = () => scene.hub.calls.filter((call) => call === "/feed").length;

    it.each([
      ["a gap", { seq: 105, kind: "ping" }],
      ["a lower number", { seq: 100, kind: "ping" }],
      ["something unknown", { seq: 101, kind: "surprise" }],
    ])("is connected to again: %s", async (_name, message) => {
      await scene.startEdge();
      await scene.edge.knowsHub();
      scene.hub.pushRaw(message);
      await until(() => feeds() === 2);
      expect(await scene.status(await scene.byCookie())).toBe(200);
    });
    it("is connected to again when it is silent", async () => {
      await scene.startEdge({ feedSilenceMs: 1_000 });
      await until(() => feeds() >= 2);
      expect(await scene.status(await scene.byCookie())).toBe(200);
    });
    /** @returns the longest time without one. */
    const ping = async (times: number, since: number) => {
      let [last, longestMs] = [since, 0];
      for (let n = 0; n < times; n += 1) {
        await new Promise((resolve) => setTimeout(resolve, 400));
        scene.hub.push({ kind: "ping" });
        longestMs = Math.max(longestMs, Date.now() - last);
        last = Date.now();
      }
      return longestMs;
    };
    it("is left alone while it pings", async () => {
      // A machine that stood still did not ping in time: done again, with another edge.
      await until(async () => {
        const since = Date.now();
        await scene.startEdge({ feedSilenceMs: 2_000 });
        await scene.edge.knowsHub();
        const before = feeds();
        const longestMs = await ping(8, since);
        const after = feeds();
        await scene.edge.close();
        if (longestMs < 1_500) expect(after).toBe(before);
        return longestMs < 1_500;
      });
    });
    it("may bring new keys: cookies by the old ones are void", async () => {
      await scene.startEdge();
      await scene.edge.knowsHub();
      const old = await scene.byCookie();
      expect(await scene.status(old)).toBe(200);
      await scene.hub.newKey("k2");
      scene.hub.push({ kind: "keys", keys: scene.hub.state.keys });
      await until(async () => (await scene.status(old)) === 401);
      expect(await scene.status(await scene.byCookie())).toBe(200);
    });
  });

  describe("activity", () => {
    beforeEach(async () => {
      await scene.startEdge({ activityMs: 50 });
      await scene.edge.knowsHub();
    });
    const seen = () => scene.hub.activity.flatMap((report) => Object.keys(report));

    it("is reported by session, for requests and WebSockets", async () => {
      const { sessionId } = scene.hub.state.routes[0]!;
      await scene.status(await scene.byCookie());
      await until(() => seen().includes(sessionId));
      const socket = await scene.openSocket(await scene.byCookie());
      await until(() => seen().length >= 2);
      scene.hub.activity.length = 0;
      socket.send("work");
      await until(() => seen().includes(sessionId));
      socket.terminate();
    });
    it("is not a refused request, nor a ping", async () => {
      await scene.status(await scene.byCookie("bob"));
      const socket = await scene.openSocket(await scene.byCookie());
      await until(() => seen().length === 1);
      scene.hub.activity.length = 0;
      socket.ping("are you there");
      await once(socket, "pong");
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(seen()).toEqual([]);
      socket.terminate();
    });
  });
});
