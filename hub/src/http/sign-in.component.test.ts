import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ORIGIN, startHub, type TestHub } from "./testing/hub.ts";

const credentials = { username: "alice", password: "alice-password" };
let hub: TestHub;
beforeEach(async () => {
  hub = await startHub();
});
afterEach(() => hub.stop());

describe("sign-in", () => {
  it("sets both cookies bound to this host and path, out of scripts' reach", async () => {
    const answer = await hub.ask("POST", "/api/v1/sign-in", { body: credentials });
    expect(answer).toMatchObject({ status: 200, json: { name: "alice", role: "user", limits: { running: 0, allowed: 5 } } });
    expect(answer.setCookies).toHaveLength(2);
    expect(answer.setCookies[0]).toMatch(/^__Host-fairway=[^;]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    expect(answer.setCookies[1]).toMatch(/^__Host-fairway-login=[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
  });

  it("uses __Secure- below a base URL, and no prefix on plain HTTP", async () => {
    const below = await startHub({ baseUrl: "/jupyter/" });
    const answer = await below.ask("POST", "/api/v1/sign-in", { body: credentials });
    expect(answer.setCookies[0]).toMatch(/^__Secure-fairway=[^;]+; .*Path=\/jupyter\/; /);
    const headers = await below.signIn("alice");
    expect((await below.ask("GET", "/api/v1/me", { headers })).status).toBe(200);
    await below.stop();
    const plain = await hub.ask("POST", "/api/v1/sign-in", { body: credentials, headers: { "x-forwarded-proto": "http" } });
    expect(plain.setCookies[0]).toMatch(/^fairway=[^;]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it("answers alike for an unknown name and a wrong password", async () => {
    const wrong = await hub.ask("POST", "/api/v1/sign-in", { body: { ...credentials, password: "x" } });
    const unknown = await hub.ask("POST", "/api/v1/sign-in", { body: { ...credentials, username: "nobody" } });
    expect(wrong).toMatchObject({ status: 401, setCookies: [], json: { code: "wrong_credentials" } });
    expect(unknown.text).toBe(wrong.text);
  });

  it("slows down guessing, by the address the edge tells", async () => {
    const guess = (address: string) =>
      hub.ask("POST", "/api/v1/sign-in", { body: { ...credentials, password: "x" }, headers: { "x-forwarded-for": address } });
    for (let i = 0; i < 5; i += 1) expect((await guess("192.0.2.5")).status).toBe(401);
    const refused = await guess("192.0.2.6");
    expect(refused).toMatchObject({ status: 429, headers: { "retry-after": "1" }, json: { code: "too_many" } });
  });

  it("cannot be done by another site's page (login CSRF)", async () => {
    const attempts = [
      { origin: "https://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ];
    for (const headers of attempts)
      expect(await hub.ask("POST", "/api/v1/sign-in", { body: credentials, headers })).toMatchObject({ status: 403, setCookies: [] });
    const form = { body: "username=alice&password=alice-password", headers: { "content-type": "application/x-www-form-urlencoded" } };
    expect((await hub.ask("POST", "/api/v1/sign-in", form)).status).toBe(400);
    const text = { body: JSON.stringify(credentials), headers: { "content-type": "text/plain" } };
    expect((await hub.ask("POST", "/api/v1/sign-in", text)).status).toBe(400);
    const own = { body: credentials, headers: { origin: ORIGIN, "sec-fetch-site": "same-origin" } };
    expect((await hub.ask("POST", "/api/v1/sign-in", own)).status).toBe(200);
  });

  it("keeps what was typed out of the log (CVE-2022-24757, CVE-2026-54338)", async () => {
    await hub.signIn("alice");
    await hub.ask("POST", "/api/v1/sign-in", { body: { username: "x".repeat(64), password: "hunter2-in-the-log" } });
    await hub.ask("GET", `/api/v1/${"y".repeat(5000)}?token=fwt_in-the-log`);
    expect(hub.log()).not.toMatch(/hunter2|alice-password|xxxxx|yyyyy|in-the-log|__Host/);
    expect(hub.log().length).toBeLessThan(3000);
  });
});

describe("sign-out", () => {
  it("deletes the cookies and ends the sign-in, whatever other tabs still hold (CVE-2021-41247)", async () => {
    const headers = await hub.signIn("alice");
    const answer = await hub.ask("POST", "/api/v1/sign-out", { headers });
    expect(answer.status).toBe(204);
    expect(answer.setCookies).toEqual([
      "__Host-fairway=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure",
      "__Host-fairway-login=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure",
    ]);
    expect(await hub.ask("GET", "/api/v1/me", { headers })).toMatchObject({ status: 401, setCookies: [] });
  });
});

describe("a cookie", () => {
  it("is renewed silently while the sign-in lasts, for reading and changing alike", async () => {
    const headers = await hub.signIn("alice");
    expect((await hub.ask("GET", "/api/v1/me", { headers })).setCookies).toEqual([]);
    hub.advance(600_000);
    const read = await hub.ask("GET", "/api/v1/me", { headers });
    expect(read.status).toBe(200);
    expect(read.setCookies).toEqual([expect.stringMatching(/^__Host-fairway=[^;]+; Max-Age=600;/)]);
    expect(read.json?.xsrf).toBe(headers["x-xsrftoken"]);
    expect((await hub.ask("POST", "/api/v1/sessions", { headers, body: { profile: "small" } })).status).toBe(201);
    hub.advance(13 * 3_600_000);
    expect((await hub.ask("GET", "/api/v1/me", { headers })).status).toBe(401);
  });

  it("that came twice is not guessed at (cookie tossing, CVE-2024-28233)", async () => {
    const alice = await hub.signIn("alice");
    const bob = await hub.signIn("bob");
    const cookie = `${bob.cookie}; ${alice.cookie}`;
    expect(await hub.ask("GET", "/api/v1/me", { headers: { cookie } })).toMatchObject({ status: 401, json: { code: "not_signed_in" } });
    const unprefixed = bob.cookie.replaceAll("__Host-", "");
    const tossed = await hub.ask("GET", "/api/v1/me", { headers: { cookie: `${unprefixed}; ${alice.cookie}` } });
    expect(tossed.json?.name).toBe("alice");
  });
});

describe("a change by cookie", () => {
  const launch = (headers: Record<string, string>) => hub.ask("POST", "/api/v1/sessions", { headers, body: { profile: "small" } });

  it("needs the XSRF value of this very sign-in (CVE-2020-36191)", async () => {
    const alice = await hub.signIn("alice");
    const other = await hub.signIn("alice");
    const { cookie } = alice;
    for (const headers of [{ cookie }, { cookie, "x-xsrftoken": "" }, { cookie, "x-xsrftoken": other["x-xsrftoken"] }])
      expect(await launch(headers)).toMatchObject({ status: 403, json: { code: "xsrf" } });
    expect((await launch(alice)).status).toBe(201);
    expect((await hub.ask("POST", "/api/v1/sign-out", { headers: { cookie } })).status).toBe(403);
  });

  it("must come from our own page, whatever else it says (CVE-2026-40864: no-cors is not same-origin)", async () => {
    const alice = await hub.signIn("alice");
    const foreign = [
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "none" },
      { origin: "https://evil.example" },
      { origin: "http://hub.example" },
      { origin: "https://hub.example:8443" },
      { origin: "null" },
    ];
    for (const headers of foreign) expect(await launch({ ...alice, ...headers })).toMatchObject({ status: 403, json: { code: "xsrf" } });
    expect(await launch({ ...alice, origin: ORIGIN, "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" })).toMatchObject({
      status: 201,
    });
  });
});
