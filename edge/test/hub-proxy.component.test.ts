import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, TestEdge, until } from "./harness.ts";
import { readText, TestHub } from "./test-hub.ts";

describe("requests for the hub", () => {
  let hub: TestHub;
  let edge: TestEdge;
  beforeEach(async () => {
    hub = new TestHub();
    await hub.start();
    edge = await TestEdge.start(hub);
    await until(() => hub.feedCount === 1);
  });
  afterEach(async () => {
    await edge.close();
    await hub.stop();
  });

  it.each(["/api/v1/me", "/hub/api/users/alice?x=1", "/hub/api/oauth2/authorize"])("reach it: %s", async (path) => {
    hub.api = (req, res) => res.end(req.url);
    expect((await ask(edge, path)).body).toBe(path);
  });
  it("bring the browser's credentials, where it comes from, and an id", async () => {
    let seen: IncomingHttpHeaders = {};
    hub.api = (req, res) => {
      seen = req.headers;
      res.end();
    };
    await ask(edge, "/api/v1/me", {
      headers: { cookie: "fairway=x; a=1", authorization: "token t", "x-forwarded-for": "6.6.6.6", "x-request-id": "theirs" },
    });
    expect(seen).toMatchObject({
      cookie: "fairway=x; a=1",
      authorization: "token t",
      host: edge.host,
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": edge.host,
    });
    expect(seen["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });
  it("come back with the hub's own cookies", async () => {
    hub.api = (_req, res) => res.writeHead(200, { "set-cookie": ["fairway=new; HttpOnly", "fairway-login=l"] }).end();
    expect((await ask(edge, "/api/v1/sign-in", { method: "POST" })).headers["set-cookie"]).toEqual([
      "fairway=new; HttpOnly",
      "fairway-login=l",
    ]);
  });
  it("stream events", async () => {
    hub.api = (_req, res) => {
      res.writeHead(200, { "content-type": "text/event-stream" });
      res.write("data: 1\n\n");
    };
    const req = request({ host: "127.0.0.1", port: edge.port, path: "/api/v1/events" });
    req.end();
    const [res] = await once(req, "response");
    expect(String((await once(res, "data"))[0])).toBe("data: 1\n\n");
    req.destroy();
  });

  it("are held while it restarts, with their body", async () => {
    await hub.stop();
    const waiting = ask(edge, "/api/v1/sessions", { method: "POST", headers: { "content-length": "6" }, body: "launch" });
    await new Promise((resolve) => setTimeout(resolve, 100));
    hub.api = (req, res) => void readText(req).then((text) => res.end(`got ${text}`));
    await hub.start();
    expect((await waiting).body).toBe("got launch");
  });
  it("are answered 503 when it does not come back", async () => {
    const hasty = await TestEdge.start(hub, { limits: { hubHoldMs: 1_000 } });
    await hub.stop();
    const answer = await ask(hasty, "/api/v1/me");
    expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "5"]);
    expect(answer.json()).toMatchObject({ code: "hub_away" });
    await hasty.close();
  });
  it("are asked again when it died over a GET, and never over a POST that it may have carried out", async () => {
    const seen: string[] = [];
    hub.api = (req, res) => {
      seen.push(req.method ?? "");
      if (seen.length === 1) req.socket.destroy();
      else res.end("ok");
    };
    expect((await ask(edge, "/api/v1/me")).status).toBe(200);
    seen.length = 0;
    const answer = await ask(edge, "/api/v1/sessions", { method: "POST", headers: { "content-length": "1" }, body: "x" });
    expect(answer.status).toBe(503);
    expect(seen).toEqual(["POST"]);
  });
  it("are not asked again when their body is gone", async () => {
    let requests = 0;
    hub.api = (req) => {
      requests += 1;
      req.on("data", () => req.socket.destroy());
    };
    const answer = await ask(edge, "/api/v1/me", { headers: { "content-length": "4" }, body: "body" });
    expect([answer.status, requests]).toEqual([503, 1]);
  });
  it("are given up when the client goes", async () => {
    await hub.stop();
    const req = request({ host: "127.0.0.1", port: edge.port, path: "/api/v1/me" });
    req.on("error", () => undefined);
    req.end();
    await new Promise((resolve) => setTimeout(resolve, 50));
    req.destroy();
    let requests = 0;
    hub.api = (_req, res) => {
      requests += 1;
      res.end();
    };
    await hub.start();
    await ask(edge, "/api/v1/me");
    expect(requests).toBe(1);
  });

  it.each(["/hub/api", "/hub/api/"])("for its version are answered while it is away: %s", async (path) => {
    await hub.stop();
    const answer = await ask(edge, path, { headers: { cookie: "fairway-login=x" } });
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({ version: "6.1.1" });
    expect(answer.headers["x-jupyterhub-version"]).toBe("6.1.1");
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });
});
