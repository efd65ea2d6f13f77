import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ask, echoed, type TestEdge, until } from "./harness.ts";
import { openStage, type Stage } from "./stage.ts";
import type { TestApp } from "./test-app.ts";
import type { TestHub } from "./test-hub.ts";

describe("header fields of a request to an app and its answer", () => {
  let stage: Stage;
  let hub: TestHub;
  let app: TestApp;
  let edge: TestEdge;
  let headers: Record<string, string>;
  let echo: TestApp["handler"];

  beforeAll(async () => {
    stage = await openStage();
    ({ hub, app, edge } = stage);
    headers = { ...stage.headers };
    echo = app.handler;
  });
  afterAll(() => stage.close());
  beforeEach(() => {
    app.handler = echo;
    app.requests.length = 0;
  });

  it("carry the session's secret, and never the client's own version of it", async () => {
    const answer = await ask(edge, "/user/alice/", { headers: { ...headers, "x-session-secret": "guess", x_session_secret: "guess" } });
    expect(echoed(answer).get("x-session-secret")).toEqual(["secret-of-alice"]);
    expect(echoed(answer).has("x_session_secret")).toBe(false);
  });
  it("never carry our token", async () => {
    expect((await ask(edge, "/user/alice/", { headers })).body).not.toContain("fwt_");
  });
  it("keep the app's cookies byte for byte and lose ours", async () => {
    const cookie = `a="x=y";  b=ä ; fairway=${await hub.signCookie("alice")}; _xsrf=2|1:0|10; fairway-login=l; __Host-fairway=p; c`;
    const answer = await ask(edge, "/user/alice/", { headers: { cookie } });
    expect(echoed(answer).get("cookie")).toEqual(['a="x=y";  b=ä ; _xsrf=2|1:0|10; c']);
  });
  it("have no Cookie when all were ours", async () => {
    const answer = await ask(edge, "/user/alice/", { headers: { cookie: `fairway=${await hub.signCookie("alice")}; fairway-login=x` } });
    expect(echoed(answer).has("cookie")).toBe(false);
  });
  it("pass Host unchanged", async () => {
    const answer = await ask(edge, "/user/alice/", { headers: { ...headers, host: "Hub.example.org:8443" } });
    expect(echoed(answer).get("host")).toEqual(["Hub.example.org:8443"]);
    expect(echoed(answer).get("x-forwarded-host")).toEqual(["Hub.example.org:8443"]);
    expect(echoed(answer).get("x-forwarded-port")).toEqual(["8443"]);
  });
  it("do not believe a stranger's X-Forwarded-* and its kin", async () => {
    const claims = {
      "x-forwarded-for": "6.6.6.6",
      "x-forwarded-proto": "https",
      "x-forwarded-prefix": "/x",
      forwarded: "for=6.6.6.6",
      "x-real-ip": "6.6.6.6",
    };
    const seen = echoed(await ask(edge, "/user/alice/", { headers: { ...headers, ...claims, x_forwarded_for: "6.6.6.6" } }));
    expect(seen.get("x-forwarded-for")).toEqual(["127.0.0.1"]);
    expect(seen.get("x-forwarded-proto")).toEqual(["http"]);
    expect(seen.get("x-real-ip")).toEqual(["127.0.0.1"]);
    expect(["x-forwarded-prefix", "forwarded", "x_forwarded_for"].filter((name) => seen.has(name))).toEqual([]);
  });
  it("lose what is meant for one hop, and what Connection names", async () => {
    const hop = { connection: "keep-alive, X-Hop", "x-hop": "1", te: "trailers", "proxy-authorization": "Basic x", upgrade: "h2c" };
    const seen = echoed(await ask(edge, "/user/alice/", { headers: { ...headers, ...hop } }));
    expect(["x-hop", "te", "proxy-authorization", "upgrade", "keep-alive"].filter((name) => seen.has(name))).toEqual([]);
  });
  it("cannot lose the secret by naming it in Connection", async () => {
    const seen = echoed(
      await ask(edge, "/user/alice/", { headers: { ...headers, connection: "close, X-Session-Secret, X-Forwarded-For" } }),
    );
    expect(seen.get("x-session-secret")).toEqual(["secret-of-alice"]);
    expect(seen.get("x-forwarded-for")).toEqual(["127.0.0.1"]);
  });
  it("keep repeated fields apart and in order", async () => {
    const seen = echoed(await ask(edge, "/user/alice/", { headers: { ...headers, "x-many": ["1", "2", "3"] } }));
    expect(seen.get("x-many")).toEqual(["1", "2", "3"]);
  });
  it("come back as the app wrote them, less its attempts to set our cookies", async () => {
    app.handler = (_req, res) => {
      const cookies = [
        "app=1; Path=/",
        "fairway=x",
        "__Host-fairway=x; Secure",
        "=fairway=x",
        "__HOST-fairway=x",
        "fairway-login=x",
        "fairway2=ok",
      ];
      res.writeHead(203, "Fine", [
        "X-Odd-Case",
        "é",
        "Set-Cookie",
        cookies[0]!,
        ...cookies.slice(1).flatMap((value) => ["Set-Cookie", value]),
      ]);
      res.end("x");
    };
    const answer = await ask(edge, "/user/alice/", { headers });
    expect(answer.status).toBe(203);
    expect(answer.headers["set-cookie"]).toEqual(["app=1; Path=/", "fairway2=ok"]);
    expect(answer.rawHeaders).toContain("X-Odd-Case");
    expect(answer.headers["x-odd-case"]).toBe("é");
  });
  it("give a service worker the session's own path at most", async () => {
    app.handler = (_req, res) => res.writeHead(200, { "service-worker-allowed": "/" }).end();
    expect((await ask(edge, "/user/alice/sw.js", { headers })).headers["service-worker-allowed"]).toBe("/user/alice/");
  });

  it("write no secret and no query into the log", async () => {
    await ask(edge, "/user/alice/x?token=hidden-in-query", { headers: { cookie: `fairway=${await hub.signCookie("alice")}` } });
    await until(() => edge.log.some((line) => line.includes('"/user/alice/x"')));
    const log = edge.log.join("\n");
    for (const secret of ["hidden-in-query", "fwt_", "secret-of-alice", "eyJ"]) expect(log).not.toContain(secret);
  });
});
