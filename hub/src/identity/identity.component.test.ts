import { randomBytes } from "node:crypto";
import { CookieClaims } from "@fairway/contract/feed.ts";
import { decodeJwt, importJWK, jwtVerify, SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDemoProvider } from "./providers/demo.ts";
import { sha256Hex } from "./secrets.ts";
import { FROM, HOUR_MS, OPERATOR, startIdentity, type TestIdentity, USERS } from "./testing/identity.ts";
import type { IdentityService, PasswordProvider } from "./types.ts";

let test: TestIdentity;
let identity: IdentityService;
beforeEach(async () => {
  test = await startIdentity();
  identity = test.identity;
});
afterEach(() => test.remove());

describe("signing in", () => {
  it("gives a login and a short cookie that the edge can verify with the public key alone", async () => {
    const signedIn = await identity.signIn("alice", "alice-pw", FROM);
    expect(signedIn).toMatchObject({ actor: { user: "alice", role: "user" }, cookieMaxAgeSeconds: 600 });
    expect(await identity.byCookie(signedIn.cookie)).toEqual(signedIn.actor);
    const [key] = identity.feedKeys();
    expect(key?.jwk).not.toHaveProperty("d");
    const { payload, protectedHeader } = await jwtVerify(signedIn.cookie, await importJWK(key?.jwk ?? {}, "EdDSA"), {
      currentDate: new Date(test.clock.now()),
    });
    expect(protectedHeader).toMatchObject({ alg: "EdDSA", kid: key?.kid });
    expect(CookieClaims.parse(payload)).toMatchObject({ sub: "alice", exp: test.clock.now() / 1000 + 600 });
  });

  it("keeps nothing in the database that opens anything", async () => {
    const signedIn = await identity.signIn("alice", "alice-pw", FROM);
    const { token } = await identity.createToken(signedIn.actor, { note: "ci", scopes: ["self"], expiresInSeconds: 60 });
    const stored = JSON.stringify([
      await test.store.logins.byHash(sha256Hex(signedIn.login)),
      await test.store.tokens.ofUser("alice"),
      await test.store.audit.list({ limit: 50 }),
    ]);
    for (const secret of [signedIn.login, signedIn.cookie, token, "alice-pw"]) expect(stored).not.toContain(secret);
  });

  it("answers the same for an unknown name, a wrong password and an impossible name", async () => {
    const errors = [];
    for (const name of ["nobody", "alice", "Alice", " alice", "alice\u0000", "x".repeat(64)])
      errors.push(await identity.signIn(name, "wrong", FROM).catch((error: unknown) => error));
    for (const error of errors) expect(error).toMatchObject({ code: "wrong_credentials", message: "User name or password is wrong." });
  });

  it("never mends a name: no other spelling is the same person (CVE-2021-41194)", async () => {
    for (const name of ["ALICE", "alice ", "\u0430lice", "alice/", "../alice"])
      await expect(identity.signIn(name, "alice-pw", FROM)).rejects.toMatchObject({ code: "wrong_credentials" });
    expect(await test.store.users.list()).toEqual([]);
  });

  it("audits a failed sign-in without what was typed as a name (CVE-2026-54338; a password in the wrong field)", async () => {
    await expect(identity.signIn("My Secret Password!", "x", FROM)).rejects.toThrow();
    await expect(identity.signIn(`a${"b".repeat(100_000)}`, "x", FROM)).rejects.toThrow();
    const entries = await test.store.audit.list({ limit: 9 });
    expect(entries).toHaveLength(2);
    expect(JSON.stringify(entries)).not.toContain("Secret");
    expect(JSON.stringify(entries).length).toBeLessThan(1000);
    expect(entries[0]).toMatchObject({ action: "sign-in", outcome: "refused", actor: "(no user name)", address: "192.0.2.1" });
  });

  it("limits guessing, and lets the right password through afterwards", async () => {
    for (let i = 0; i < 5; i += 1) await expect(identity.signIn("alice", "no", FROM)).rejects.toMatchObject({ code: "wrong_credentials" });
    await expect(identity.signIn("alice", "alice-pw", FROM)).rejects.toMatchObject({ code: "too_many", retryAfterSeconds: 1 });
    test.clock.advance(1000);
    await identity.signIn("alice", "alice-pw", FROM);
  });

  it("passes on that a provider could not be asked, unless another one knows the person", async () => {
    const away: PasswordProvider = { id: "away", label: "", check: () => Promise.reject(new Error("away")) };
    const both = await test.again({ providers: [away, createDemoProvider({ users: USERS, isDemo: true })] });
    await both.signIn("alice", "alice-pw", FROM);
    await expect(both.signIn("alice", "wrong", FROM)).rejects.toThrow("away");
  });

  it("lets nobody in where nothing is configured", async () => {
    await expect((await test.again({ providers: [] })).signIn("alice", "alice-pw", FROM)).rejects.toMatchObject({
      code: "wrong_credentials",
    });
  });
});

describe("a sign-in's life", () => {
  it("begins anew each time: nobody's earlier cookie becomes a sign-in (fixation)", async () => {
    const [a, b] = [await identity.signIn("alice", "alice-pw", FROM), await identity.signIn("alice", "alice-pw", FROM)];
    expect(a.login).not.toBe(b.login);
    expect(a.actor.via).not.toEqual(b.actor.via);
    expect(identity.xsrfOf(a.actor)).not.toBe(identity.xsrfOf(b.actor));
  });

  it("renews its short cookie, which lives ten minutes", async () => {
    const { cookie, login } = await identity.signIn("alice", "alice-pw", FROM);
    test.clock.advance(600_000);
    expect(await identity.byCookie(cookie)).toBeNull();
    const renewed = await identity.renew(login);
    expect(renewed).toMatchObject({ user: "alice", maxAgeSeconds: 600 });
    expect(await identity.byCookie(renewed?.cookie ?? "")).toMatchObject({ user: "alice" });
    expect(await identity.renew("x".repeat(43))).toBeNull();
  });

  it("ends after twelve idle hours, and after seven days whatever happens", async () => {
    const { login } = await identity.signIn("alice", "alice-pw", FROM);
    test.clock.advance(12 * HOUR_MS - 1);
    expect(await identity.renew(login)).not.toBeNull();
    test.clock.advance(12 * HOUR_MS);
    expect(await identity.renew(login)).toBeNull();
    const { login: busy } = await identity.signIn("alice", "alice-pw", FROM);
    const end = test.clock.now() + 7 * 24 * HOUR_MS;
    while (test.clock.now() + 11 * HOUR_MS < end) {
      test.clock.advance(11 * HOUR_MS);
      expect(await identity.renew(busy)).not.toBeNull();
    }
    test.clock.advance(end - 5000 - test.clock.now());
    expect(await identity.renew(busy)).toMatchObject({ maxAgeSeconds: 5 });
    test.clock.advance(5000);
    expect(await identity.renew(busy)).toBeNull();
  });

  it("ends everywhere by signing out: no tab's cookie renews it (CVE-2021-41247)", async () => {
    const { cookie, login, actor } = await identity.signIn("alice", "alice-pw", FROM);
    const other = await identity.signIn("alice", "alice-pw", FROM);
    const secondTab = await identity.renew(login);
    await identity.signOut(actor);
    await identity.signOut(actor);
    for (const value of [cookie, secondTab?.cookie ?? ""]) expect(await identity.byCookie(value)).toBeNull();
    expect(await identity.renew(login)).toBeNull();
    expect(await identity.byCookie(other.cookie)).not.toBeNull();
    expect(test.revoked).toEqual([{ kind: "login", id: actor.via.kind === "login" && actor.via.id, at: test.clock.now() }]);
    expect(await identity.recentRevocations()).toEqual(test.revoked);
    test.clock.advance(661_000);
    expect(await identity.recentRevocations()).toEqual([]);
  });

  it("writes its use at most once a minute", async () => {
    const { cookie, login } = await identity.signIn("alice", "alice-pw", FROM);
    const lastUsed = async () => (await test.store.logins.byHash(sha256Hex(login)))?.lastUsedAt;
    const start = test.clock.now();
    test.clock.advance(59_000);
    await identity.byCookie(cookie);
    expect(await lastUsed()).toBe(start);
    test.clock.advance(1000);
    await identity.byCookie(cookie);
    expect(await lastUsed()).toBe(test.clock.now());
  });
});

describe("forged cookies (CVE-2023-25574: signatures are verified)", () => {
  it("are void: another key, no signature, another algorithm, no end, junk", async () => {
    const { cookie } = await identity.signIn("alice", "alice-pw", FROM);
    const claims = decodeJwt(cookie);
    const [header = "", payload = "", signature = ""] = cookie.split(".");
    const other = await (await test.again({ masterKey: randomBytes(32) })).signIn("alice", "alice-pw", FROM);
    const publicBytes = Buffer.from(String(identity.feedKeys()[0]?.jwk.x), "base64url");
    const hs256 = await new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(publicBytes);
    const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.`;
    const bob = Buffer.from(JSON.stringify({ ...claims, sub: "bob" })).toString("base64url");
    const forged = [
      other.cookie,
      hs256,
      none,
      `${header}.${payload}.`,
      `${header}.${bob}.${signature}`,
      "",
      "a.b.c",
      "x".repeat(1_000_000),
    ];
    for (const value of forged) expect(await identity.byCookie(value)).toBeNull();
    expect(await identity.byCookie(cookie)).not.toBeNull();
  });
});

describe("a disabled person", () => {
  it("is out at once: cookie, login, token, password", async () => {
    const { cookie, login, actor } = await identity.signIn("alice", "alice-pw", FROM);
    const { token } = await identity.createToken(actor, { note: "ci", scopes: ["self"], expiresInSeconds: 3600 });
    await expect(identity.setDisabled(actor, "bob", true)).rejects.toMatchObject({ code: "not_allowed" });
    await identity.setDisabled(OPERATOR, "alice", true);
    expect(await identity.byCookie(cookie)).toBeNull();
    expect(await identity.renew(login)).toBeNull();
    expect(await identity.byToken(token)).toBeNull();
    expect(await identity.lookup(sha256Hex(token))).toBeNull();
    await expect(identity.signIn("alice", "alice-pw", FROM)).rejects.toMatchObject({ code: "not_allowed" });
    await expect(identity.signIn("alice", "wrong", FROM)).rejects.toMatchObject({ code: "wrong_credentials" });
    expect(test.revoked).toEqual([{ kind: "user", user: "alice", at: test.clock.now() }]);
    expect(await identity.recentRevocations()).toContainEqual(test.revoked[0]);
    await identity.setDisabled(OPERATOR, "alice", false);
    expect(await identity.byCookie(cookie)).toBeNull();
    await identity.signIn("alice", "alice-pw", FROM);
    await expect(identity.setDisabled(OPERATOR, "ghost", true)).rejects.toMatchObject({ code: "not_found" });
  });
});

it("audits sign-in, sign-out, tokens and disabling", async () => {
  const { actor } = await identity.signIn("alice", "alice-pw", FROM);
  const { info } = await identity.createToken(actor, { note: "ci", scopes: ["self"], expiresInSeconds: 60 });
  await identity.revokeToken(actor, info.id);
  await identity.signOut(actor);
  await identity.setDisabled(OPERATOR, "alice", true);
  const entries = await test.store.audit.list({ limit: 9 });
  expect(entries.map(({ actor: who, action, outcome }) => `${who} ${action} ${outcome}`).reverse()).toEqual([
    "alice sign-in done",
    "alice token-create done",
    "alice token-revoke done",
    "alice sign-out done",
    "root-admin user-disable done",
  ]);
});
