import { TOKEN_PATTERN } from "@fairway/contract/names.ts";
import { scopesOfRole } from "@fairway/contract/scopes.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256Hex } from "./secrets.ts";
import { FROM, OPERATOR, startIdentity, type TestIdentity } from "./testing/identity.ts";
import type { IdentityService } from "./types.ts";

let test: TestIdentity;
let identity: IdentityService;
beforeEach(async () => {
  test = await startIdentity();
  identity = test.identity;
});
afterEach(() => test.remove());

describe("tokens", () => {
  const request = { note: "ci", scopes: ["self" as const], expiresInSeconds: 3600 };

  it("work until they expire, with their owner's scopes", async () => {
    const { actor } = await identity.signIn("alice", "alice-pw", FROM);
    const { token, info } = await identity.createToken(actor, request);
    expect(token).toMatch(TOKEN_PATTERN);
    expect(await identity.byToken(token)).toMatchObject({ user: "alice", via: { kind: "token", id: info.id } });
    expect(await identity.lookup(sha256Hex(token))).toMatchObject({ user: "alice", expiresAt: test.clock.now() + 3_600_000 });
    expect((await identity.listTokens(actor))[0]).toMatchObject({ note: "ci", lastUsedAt: test.clock.now() });
    test.clock.advance(3_600_000);
    expect(await identity.byToken(token)).toBeNull();
    expect(await identity.lookup(sha256Hex(token))).toBeNull();
    expect(await identity.byToken("fwt_x")).toBeNull();
  });

  it("give away no scope that the giver does not have (CVE-2024-41942)", async () => {
    const { actor } = await identity.signIn("alice", "alice-pw", FROM);
    await expect(identity.createToken(actor, { ...request, scopes: ["admin:servers"] })).rejects.toMatchObject({ code: "not_allowed" });
    const narrow = await identity.createToken(actor, { ...request, scopes: ["tokens", "read:hub"] });
    const holder = await identity.byToken(narrow.token);
    if (holder === null) throw new Error("the token is not valid");
    for (const scope of ["self", "access:servers", "start:servers"] as const)
      await expect(identity.createToken(holder, { ...request, scopes: [scope] })).rejects.toMatchObject({ code: "not_allowed" });
    await identity.createToken(holder, { ...request, scopes: ["read:hub"] });
    const readOnly = await identity.createToken(actor, { ...request, scopes: ["read:servers"] });
    const reader = await identity.byToken(readOnly.token);
    if (reader === null) throw new Error("the token is not valid");
    await expect(identity.createToken(reader, { ...request, scopes: ["read:servers"] })).rejects.toMatchObject({ code: "not_allowed" });
    await expect(identity.listTokens(reader)).rejects.toMatchObject({ code: "not_allowed" });
  });

  it("have children that do not outlive them", async () => {
    const { actor } = await identity.signIn("alice", "alice-pw", FROM);
    const parent = await identity.byToken((await identity.createToken(actor, request)).token);
    if (parent === null) throw new Error("the token is not valid");
    const child = await identity.createToken(parent, { ...request, expiresInSeconds: 1_000_000 });
    expect(child.info.expiresAt).toBe(test.clock.now() + 3_600_000);
  });

  it("lose what their owner loses: a demoted administrator's token is a user's", async () => {
    const { actor } = await identity.signIn("root-admin", "admin-pw", FROM);
    const { token } = await identity.createToken(actor, { ...request, scopes: ["self", "admin:servers"] });
    expect((await identity.byToken(token))?.scopes.has("admin:servers")).toBe(true);
    const later = await test.again({ admins: [] });
    expect((await later.byToken(token))?.scopes.has("admin:servers")).toBe(false);
    expect((await later.lookup(sha256Hex(token)))?.scopes).not.toContain("admin:servers");
  });

  it("are revoked at once, by their owner alone", async () => {
    const alice = (await identity.signIn("alice", "alice-pw", FROM)).actor;
    const bob = (await identity.signIn("bob", "bob-pw", FROM)).actor;
    const { token, info } = await identity.createToken(alice, request);
    await expect(identity.revokeToken(bob, info.id)).rejects.toMatchObject({ code: "not_found" });
    await identity.revokeToken(alice, info.id);
    expect(await identity.byToken(token)).toBeNull();
    expect(test.revoked).toEqual([{ kind: "token", id: info.id, at: test.clock.now() }]);
    await expect(identity.revokeToken(alice, info.id)).rejects.toMatchObject({ code: "not_found" });
  });

  it("are limited in number", async () => {
    const { actor } = await identity.signIn("alice", "alice-pw", FROM);
    for (let i = 0; i < 100; i += 1) await identity.createToken(actor, request);
    await expect(identity.createToken(actor, request)).rejects.toMatchObject({ code: "limit_reached" });
    test.clock.advance(3_600_000);
    await identity.createToken(actor, request);
  });

  it("can be made by the operator for somebody who has never signed in", async () => {
    const { token } = await identity.createToken({ ...OPERATOR, user: "robot", scopes: scopesOfRole("user") }, request);
    expect(await identity.byToken(token)).toMatchObject({ user: "robot", role: "user" });
  });
});
