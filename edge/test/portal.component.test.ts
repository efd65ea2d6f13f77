import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, TestEdge } from "./harness.ts";
import { TestApp } from "./test-app.ts";
import { TestHub, toRoute } from "./test-hub.ts";

const INDEX = '<base-url content="%BASE%"><meta name="nonce" content="%NONCE%"><script src="%BASE%static/index-Ab3dEf9h.js"></script>';

describe.each(["/", "/jupyter/"])("pages of the edge's own below %s", (baseUrl) => {
  const hub = new TestHub();
  let edge: TestEdge;
  let app: TestApp;
  const at = (path: string) => baseUrl.slice(0, -1) + path;

  beforeAll(async () => {
    app = await new TestApp(null).listen();
    const web = join(hub.dir, "web");
    mkdirSync(join(web, "static"), { recursive: true });
    writeFileSync(join(web, "index.html"), INDEX);
    writeFileSync(join(web, "secret.txt"), "not for you");
    writeFileSync(join(web, "static", "index-Ab3dEf9h.js"), "code()");
    writeFileSync(join(web, "static", "index-Ab3dEf9h.js.gz"), gzipSync("code()"));
    writeFileSync(join(web, "static", "icon.svg"), "<svg/>");
    hub.state.routes = [
      toRoute("starting", null),
      toRoute("waiting", null, { state: "pending", label: "Waiting", line: "In the queue <of> Cluster." }),
      toRoute("ended", null, { state: "ended", label: "Time was up", line: "Ended at its limit of 1 h.", next: "Launch it again." }),
      toRoute(
        "away",
        { kind: "tcp", host: "127.0.0.1", port: 1, pin: null },
        { state: "unreachable", line: "It does not answer since 10:00." },
      ),
    ];
    await hub.start();
    edge = await TestEdge.start(hub, { config: { baseUrl } });
    await edge.knowsHub();
  });
  afterAll(async () => {
    await edge.close();
    await app.close();
    await hub.stop();
  });

  describe("the portal", () => {
    it.each(["/hub/home", "/hub/login", "/hub/login?next=%2F", "/launch", "/launch/small", "/sessions/abc", "/clusters", "/hub/admin"])(
      "answers %s with its index",
      async (path) => {
        const answer = await ask(edge, at(path));
        expect(answer.status).toBe(200);
        expect(answer.headers["cache-control"]).toBe("no-store");
        const nonce = /name="nonce" content="([^"]+)"/.exec(answer.body)?.[1];
        expect(answer.headers["content-security-policy"]).toContain(`style-src 'self' 'nonce-${nonce}'`);
        expect(answer.headers["content-security-policy"]).toContain("default-src 'none'");
        expect(answer.headers["content-security-policy"]).toContain("script-src 'self';");
        expect(answer.headers["content-security-policy"]).not.toContain("unsafe");
        expect(answer.body).toContain(`src="${baseUrl}static/`);
        expect(answer.headers["x-content-type-options"]).toBe("nosniff");
      },
    );
    it("uses a nonce once", async () => {
      const policy = async () => (await ask(edge, at("/hub/home"))).headers["content-security-policy"];
      expect(await policy()).not.toBe(await policy());
    });
    it.each([
      ["/", "/hub/home"],
      ["/hub", "/hub/home"],
      ["/hub/", "/hub/home"],
    ])("leads from %s to %s", async (from, to) => {
      const answer = await ask(edge, at(from));
      expect([answer.status, answer.headers.location]).toEqual([302, at(to)]);
    });
    it("serves hashed files for ever, and packed to who takes that", async () => {
      const plain = await ask(edge, at("/static/index-Ab3dEf9h.js"));
      expect([plain.body, plain.headers["cache-control"]]).toEqual(["code()", "public, max-age=31536000, immutable"]);
      expect(plain.headers["content-type"]).toContain("javascript");
      const packed = await ask(edge, at("/static/index-Ab3dEf9h.js"), { headers: { "accept-encoding": "br, gzip" } });
      expect(packed.headers["content-encoding"]).toBe("gzip");
      const refusing = await ask(edge, at("/static/index-Ab3dEf9h.js"), { headers: { "accept-encoding": "gzip;q=0" } });
      expect(refusing.headers["content-encoding"]).toBeUndefined();
    });
    it("lets the other files be asked for again", async () => {
      const first = await ask(edge, at("/static/icon.svg"));
      expect([first.headers["cache-control"], first.headers["content-type"]]).toEqual(["no-cache", "image/svg+xml"]);
      expect((await ask(edge, at("/static/icon.svg"), { headers: { "if-none-match": first.headers.etag! } })).status).toBe(304);
    });
    it.each([
      "/static/../secret.txt",
      "/static/%2e%2e/secret.txt",
      "/static/..%2fsecret.txt",
      "/secret.txt",
      "/static/",
      "/static/index-Ab3dEf9h.js.gz",
      "/hub/homes",
      "/elsewhere",
    ])("has nothing at %s", async (path) => {
      const answer = await ask(edge, at(path));
      expect(answer.status).toBe(404);
      expect(answer.body).not.toContain("not for you");
    });
    it("is only read", async () => {
      expect((await ask(edge, at("/hub/home"), { method: "POST" })).status).toBe(400);
    });
  });

  describe("status pages", () => {
    const page = async (user: string, headers: Record<string, string> = { accept: "text/html" }) =>
      ask(edge, at(`/user/${user}/lab`), { headers: { cookie: `fairway=${await hub.signCookie(user)}`, ...headers } });

    it("of a start go on by themselves", async () => {
      const answer = await page("starting");
      expect(answer.status).toBe(424);
      expect(answer.body).toContain('http-equiv="refresh" content="2"');
      expect(answer.body).toContain("JupyterLab is starting on c1.");
      expect(answer.body).toContain("Test site");
      expect(answer.headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'nonce-/);
      expect(answer.body).not.toContain("<script");
    });
    it("of a wait say why, with every word escaped", async () => {
      const answer = await page("waiting");
      expect(answer.body).toContain("In the queue &lt;of&gt; Cluster.");
      expect(answer.body).toContain('content="5"');
    });
    it("of an end offer a new start and do not refresh", async () => {
      const answer = await page("ended");
      expect(answer.body).toContain("JupyterLab: time was up");
      expect(answer.body).toContain("Ended at its limit of 1 h.");
      expect(answer.body).toContain("Launch it again.");
      expect(answer.body).toMatch(new RegExp(`href="${baseUrl}sessions/session[a-z2-9]{5}">Start again`));
      expect(answer.body).not.toContain("refresh");
    });
    it("of an unreachable app use the route's words", async () => {
      const answer = await page("away");
      expect(answer.status).toBe(502);
      expect(answer.body).toContain("It does not answer since 10:00.");
    });
    it("of an address without a session say so", async () => {
      const answer = await page("nobody");
      expect(answer.status).toBe(424);
      expect(answer.body).toContain("Nothing runs here");
      expect(answer.body).toContain(`href="${baseUrl}hub/home"`);
    });
    it.each(["GET", "POST", "PUT", "DELETE"])("are problem+json for programs: %s", async (method) => {
      const answer = await ask(edge, at("/user/ended/api"), { method, headers: { authorization: `token ${hub.newToken("ended")}` } });
      expect(answer.status).toBe(424);
      expect(answer.headers["content-type"]).toBe("application/problem+json");
      expect(answer.json()).toMatchObject({ code: "session_not_running", detail: "Time was up. Ended at its limit of 1 h." });
    });
  });
});

describe("outside the base URL", () => {
  const hub = new TestHub();
  let edge: TestEdge;
  beforeAll(async () => {
    await hub.start();
    edge = await TestEdge.start(hub, { config: { baseUrl: "/jupyter/" } });
  });
  afterAll(async () => {
    await edge.close();
    await hub.stop();
  });
  it.each(["/", "/jupyter"])("%s leads into it", async (path) => {
    const answer = await ask(edge, path);
    expect([answer.status, answer.headers.location]).toEqual([302, "/jupyter/"]);
  });
  it.each(["/user/alice/", "/hub/api", "/api/v1/me", "/jupyterx/hub/home"])("%s is nothing", async (path) => {
    expect((await ask(edge, path)).status).toBe(404);
  });
  it("the portal that is not built says so", async () => {
    expect((await ask(edge, "/jupyter/hub/home")).status).toBe(404);
  });
});
