/** `/hub/user-redirect/PATH`: one link for everybody, to a page of each person's own session and to no other place. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ask, askRaw } from "./harness.ts";
import { openStage, type Stage } from "./stage.ts";
import { toRoute } from "./test-hub.ts";

const HTML = { accept: "text/html,application/xhtml+xml", "sec-fetch-mode": "navigate" };

describe.each(["/", "/jupyter/"])("below %s", (baseUrl) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ config: { baseUrl } });
    stage.hub.setRoute(toRoute("dora", null, { state: "ended" }));
    stage.hub.setRoute(toRoute("carol", null, { state: "pending" }));
    // The feed has no answer: the last route is there when all are.
    const arrived = async () => expect((await follow("lab", await cookie("carol"))).headers.location).toContain("/user/carol/");
    await vi.waitFor(arrived, { timeout: 20_000 });
  });
  afterAll(() => stage.close());

  const cookie = async (user: string) => ({ ...HTML, cookie: `fairway=${await stage.hub.signCookie(user)}` });
  const follow = (path: string, headers: Record<string, string>, method = "GET") =>
    ask(stage.edge, `${baseUrl}hub/user-redirect/${path}`, { headers, method });

  const GIT_PULL = "git-pull?repo=https%3A%2F%2Fgit.example%2Fx&urlpath=lab%2Ftree%2Fx%2Fa.ipynb&branch=main";

  it("leads to the page of their session, with the query as it was", async () => {
    for (const path of [GIT_PULL, "lab/tree/a%20b.ipynb", "lab?a=//evil.example/..%5C", "", "?x=1"]) {
      const answer = await follow(path, await cookie("alice"));
      expect([answer.status, answer.headers.location]).toEqual([302, `${baseUrl}user/alice/${path}`]);
    }
  });

  it("leads a program with a token there, too", async () => {
    const answer = await follow("lab", { ...stage.headers });
    expect(answer.headers.location).toBe(`${baseUrl}user/alice/lab`);
  });

  it("leads to where it waits, when it is not ready yet", async () => {
    expect((await follow("lab", await cookie("carol"))).headers.location).toBe(`${baseUrl}user/carol/lab`);
  });

  it.each(["bob", "dora"])("keeps the path for what is launched, when %s has no session", async (user) => {
    const headers = await cookie(user);
    expect((await follow(GIT_PULL, headers)).headers.location).toBe(`${baseUrl}hub/home?next=${encodeURIComponent(GIT_PULL)}`);
    expect((await follow("", headers)).headers.location).toBe(`${baseUrl}hub/home`);
  });

  it("asks strangers to sign in, and brings them back", async () => {
    const answer = await follow(GIT_PULL, HTML);
    expect(answer.headers.location).toBe(`${baseUrl}hub/login?next=${encodeURIComponent(`${baseUrl}hub/user-redirect/${GIT_PULL}`)}`);
    expect((await follow("lab", {})).status).toBe(401);
  });

  it.each([
    "/evil.example",
    "//evil.example",
    "\\evil.example",
    "\\\\evil.example",
    "lab\\..\\..\\x",
    "../../hub/token",
    "..",
    "lab/../../bob/lab",
    "lab/%2e%2e/%2E%2e/bob",
    "lab/.%2e/x",
    "javascript:alert(1)",
    "https://evil.example/",
    "HTTPS:evil.example",
    "lab\u00a0x",
    "lab\u0085x",
  ])("refuses %j", async (path) => {
    const headers = Object.entries({ ...(await cookie("alice")), host: stage.edge.host, connection: "close" });
    const bytes = `GET ${baseUrl}hub/user-redirect/${path} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
    const answer = await askRaw(stage.edge, bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.toLowerCase()).not.toContain("\r\nlocation:");
  });

  it("never leads off the site, whatever else a path holds", async () => {
    const headers = await cookie("alice");
    for (const path of ["%2f%2fevil.example", "%5cevil.example", "@evil.example", ":80", "lab#//evil", "lab;//evil.example", "%0d%0aX:1"]) {
      const { location = "" } = (await follow(path, headers)).headers;
      const target = new URL(location, "http://site.example/");
      expect([target.host, target.pathname.startsWith(`${baseUrl}user/alice/`)], path).toEqual(["site.example", true]);
    }
  });

  it("changes nothing: only to be read", async () => {
    expect((await follow("lab", { ...stage.headers }, "POST")).status).toBe(400);
  });
});
