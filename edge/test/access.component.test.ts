import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ask, echoed, TestEdge } from "./harness.ts";
import { makeCertificate, TestApp } from "./test-app.ts";
import { TestHub, toRoute } from "./test-hub.ts";

const HTML = { accept: "text/html,application/xhtml+xml" };

describe("who may reach a session", () => {
  const hub = new TestHub();
  let app: TestApp;
  let edge: TestEdge;

  beforeAll(async () => {
    app = await new TestApp(makeCertificate("alice")).listen();
    hub.state.routes = [toRoute("alice", app.upstream)];
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
    app.requests.length = 0;
    hub.calls.length = 0;
  });

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const cookie = async (user: string) => ({ cookie: `fairway=${await hub.signCookie(user)}` });

  it("lets the owner in by cookie", async () => {
    const answer = await ask(edge, "/user/alice/lab?x=1", { headers: await cookie("alice") });
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ method: "GET", url: "/user/alice/lab?x=1" });
  });

  it.each(["Bearer", "bearer", "token", "Token"])("lets the owner in by token, as %s", async (scheme) => {
    const answer = await ask(edge, "/user/alice/api", { headers: { authorization: `${scheme} ${hub.newToken("alice")}` } });
    expect(answer.status).toBe(200);
  });

  it("looks a token up once", async () => {
    const headers = bearer(hub.newToken("alice"));
    for (let n = 0; n < 3; n += 1) expect((await ask(edge, "/user/alice/", { headers })).status).toBe(200);
    expect(hub.calls).toEqual(["/tokens/lookup"]);
  });

  it.each(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])(
    "refuses another user's cookie for %s",
    async (method) => {
      const answer = await ask(edge, "/user/alice/lab", { method, headers: { ...(await cookie("bob")), origin: edge.origin } });
      expect(answer.status).toBe(403);
      expect(app.requests).toHaveLength(0);
    },
  );

  it.each(["GET", "POST", "DELETE"])("refuses another user's token for %s", async (method) => {
    const answer = await ask(edge, "/user/alice/lab", { method, headers: bearer(hub.newToken("bob")) });
    expect(answer.status).toBe(403);
    expect(app.requests).toHaveLength(0);
  });

  it("does not tell whether somebody else's session exists", async () => {
    const headers = await cookie("bob");
    const [there, notThere] = [await ask(edge, "/user/alice/lab", { headers }), await ask(edge, "/user/carol/lab", { headers })];
    expect(there.status).toBe(403);
    expect(notThere.status).toBe(403);
    expect(there.body.replaceAll("alice", "carol")).toBe(notThere.body);
    const slot = await ask(edge, "/user/alice/second/", { headers });
    expect(slot.body).toBe(there.body);
  });

  it("gives people a page that says it is not theirs", async () => {
    const answer = await ask(edge, "/user/alice/lab", { headers: { ...(await cookie("bob")), ...HTML } });
    expect(answer.status).toBe(403);
    expect(answer.headers["content-type"]).toContain("text/html");
    expect(answer.body).toContain("Not yours");
    expect(answer.body).toContain('href="/hub/home"');
  });

  it("leads a browser without credentials to the sign-in page and back", async () => {
    const answer = await ask(edge, "/user/alice/lab?a=b&c=d", { headers: HTML });
    expect(answer.status).toBe(302);
    expect(answer.headers.location).toBe("/hub/login?next=%2Fuser%2Falice%2Flab%3Fa%3Db%26c%3Dd");
  });

  it("answers programs without credentials with 401", async () => {
    const answer = await ask(edge, "/user/alice/api");
    expect(answer.status).toBe(401);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.json()).toMatchObject({ code: "not_signed_in", status: 401 });
  });

  it("does not redirect a fetch of a page's script, or a form that is sent", async () => {
    expect((await ask(edge, "/user/alice/", { headers: { ...HTML, "sec-fetch-mode": "cors" } })).status).toBe(401);
    expect((await ask(edge, "/user/alice/", { method: "POST", headers: HTML })).status).toBe(401);
  });

  it("refuses an unknown token with 401, whatever the cookie says", async () => {
    const headers = { ...bearer(`fwt_${"x".repeat(43)}`), ...(await cookie("alice")) };
    expect((await ask(edge, "/user/alice/", { headers })).status).toBe(401);
  });

  it("refuses an expired token", async () => {
    const token = hub.newToken("alice", { expiresAt: Date.now() - 1 });
    expect((await ask(edge, "/user/alice/", { headers: bearer(token) })).status).toBe(401);
  });

  it("refuses a token without the scope for sessions", async () => {
    const token = hub.newToken("alice", { scopes: ["read:servers", "read:hub"] });
    const answer = await ask(edge, "/user/alice/", { headers: bearer(token) });
    expect(answer.status).toBe(403);
    expect(answer.json().next).toContain("access:servers");
  });

  it("takes no token from the URL", async () => {
    expect((await ask(edge, `/user/alice/?token=${hub.newToken("alice")}`)).status).toBe(401);
  });

  it.each([
    ["expired", async () => hub.signCookie("alice", { issuedAt: Math.floor(Date.now() / 1000) - 700 })],
    ["living longer than a cookie may", async () => hub.signCookie("alice", { lifeSeconds: 86_400 })],
    ["with another's claims under the same signature", async () => forge(await hub.signCookie("bob"), { sub: "alice" })],
    ["without a signature", async () => `${(await hub.signCookie("alice")).split(".").slice(0, 2).join(".")}.`],
    ["saying alg none", async () => unsigned(await hub.signCookie("alice"))],
    ["that is no token at all", async () => "alice"],
  ])("refuses a cookie %s", async (_name, make) => {
    expect((await ask(edge, "/user/alice/", { headers: { cookie: `fairway=${await make()}` } })).status).toBe(401);
  });

  it("refuses a cookie signed with a key of another hub", async () => {
    const other = new TestHub();
    await other.newKey("k1");
    expect((await ask(edge, "/user/alice/", { headers: { cookie: `fairway=${await other.signCookie("alice")}` } })).status).toBe(401);
  });

  it("finds the good cookie beside one that another page planted", async () => {
    const headers = { cookie: `fairway=planted; fairway=${await hub.signCookie("alice")}` };
    expect((await ask(edge, "/user/alice/", { headers })).status).toBe(200);
  });

  it("takes no cookie meant for HTTPS over plain HTTP", async () => {
    expect((await ask(edge, "/user/alice/", { headers: { cookie: `__Host-fairway=${await hub.signCookie("alice")}` } })).status).toBe(401);
  });

  it("lets an app's own Authorization pass and asks the cookie", async () => {
    const headers = { ...(await cookie("alice")), authorization: "Bearer app-own-token" };
    const answer = await ask(edge, "/user/alice/", { headers });
    expect(answer.status).toBe(200);
    expect(echoed(answer).get("authorization")).toEqual(["Bearer app-own-token"]);
  });

  it("sees no user in an escaped name, and none across a slash", async () => {
    const headers = await cookie("alice");
    expect((await ask(edge, "/user/%61lice/", { headers })).status).toBe(403);
    expect((await ask(edge, "/user/alice%2Fsecond/", { headers })).status).toBe(403);
    expect((await ask(edge, "/user//alice/", { headers })).status).toBe(403);
  });

  describe("requests that a page of another site could cause", () => {
    const post = async (headers: Record<string, string>) =>
      (await ask(edge, "/user/alice/api", { method: "POST", headers: { ...(await cookie("alice")), ...headers } })).status;

    it("refuses a cookie alone", async () => {
      expect(await post({})).toBe(403);
      expect(app.requests).toHaveLength(0);
    });
    it("takes our own origin", async () => expect(await post({ origin: edge.origin })).toBe(200));
    it("takes the browser's word for same-origin", async () => expect(await post({ "sec-fetch-site": "same-origin" })).toBe(200));
    it.each(["https://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1"])("refuses the origin %s", async (origin) =>
      expect(await post({ origin })).toBe(403),
    );
    it.each(["cross-site", "same-site", "none"])("refuses Sec-Fetch-Site: %s", async (site) => {
      expect(await post({ "sec-fetch-site": site })).toBe(403);
      expect(await post({ "sec-fetch-site": site, origin: edge.origin })).toBe(403);
    });
    it("does not take Sec-Fetch-Mode for an origin (CVE-2026-40864)", async () =>
      expect(await post({ "sec-fetch-mode": "no-cors" })).toBe(403));
    it("asks nothing of a token", async () => {
      const headers = { ...bearer(hub.newToken("alice")), origin: "https://evil.example" };
      expect((await ask(edge, "/user/alice/api", { method: "POST", headers })).status).toBe(200);
    });
  });
});

function forge(jwt: string, claims: Record<string, unknown>): string {
  const [head, body, signature] = jwt.split(".");
  const changed = { ...(JSON.parse(Buffer.from(body!, "base64url").toString()) as object), ...claims };
  return [head, Buffer.from(JSON.stringify(changed)).toString("base64url"), signature].join(".");
}

function unsigned(jwt: string): string {
  const head = Buffer.from(JSON.stringify({ alg: "none", kid: "k1" })).toString("base64url");
  return `${head}.${jwt.split(".")[1]}.`;
}
