import { execFileSync } from "node:child_process";
import type { Scope } from "@fairway/contract/scopes.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeSshKey } from "../pki/ssh-ed25519.ts";
import { fingerprintOf } from "../pki/ssh-wire.ts";
import type { Actor } from "../sessions/types.ts";
import { openTestDoor, type TestDoor } from "./testing/door.ts";
import { FROM, HOUR_MS, OPERATOR, startIdentity, type TestIdentity } from "./testing/identity.ts";
import type { SshAccessService } from "./types.ts";

let test: TestIdentity;
let site: TestDoor;
let ssh: SshAccessService;
let alice: Actor;
let bob: Actor;
beforeEach(async () => {
  site = openTestDoor();
  test = await startIdentity({ door: site.door });
  ssh = test.identity.sshAccess;
  alice = (await test.identity.signIn("alice", "alice-pw", FROM)).actor;
  bob = (await test.identity.signIn("bob", "bob-pw", FROM)).actor;
});
afterEach(async () => {
  await test.remove();
  site.remove();
});

async function tokenActor(scopes: readonly Scope[], expiresInSeconds = 3600): Promise<Actor & { via: { kind: "token" } }> {
  const { token } = await test.identity.createToken(alice, { note: "ci", scopes, expiresInSeconds });
  const actor = await test.identity.byToken(token);
  if (actor?.via.kind !== "token") throw new Error("the token is not valid");
  return { ...actor, via: actor.via };
}

describe("keys", () => {
  const key = makeSshKey("alice@laptop");

  it("belong to one person at a time, who alone sees and removes them", async () => {
    const added = await ssh.addKey(alice, key.publicKey, "");
    expect(added).toMatchObject({
      note: "alice@laptop",
      type: "ssh-ed25519",
      fingerprint: fingerprintOf(key.publicBlob),
      lastUsedAt: null,
    });
    await expect(ssh.addKey(bob, key.publicKey, "mine")).rejects.toMatchObject({ code: "invalid_input" });
    await expect(ssh.removeKey(bob, added.id)).rejects.toMatchObject({ code: "not_found" });
    expect(await ssh.listKeys(bob)).toEqual([]);
    expect(await ssh.byKey("bob", added.fingerprint)).toBeNull();
    expect(await ssh.byKey("alice", added.fingerprint)).toEqual({ kind: "ssh-key", id: added.id, user: "alice", expiresAt: null });
    expect(await ssh.listKeys(alice)).toEqual([{ ...added, lastUsedAt: test.clock.now() }]);
    await ssh.removeKey(alice, added.id);
    expect(test.revoked).toEqual([{ kind: "ssh-key", id: added.id, at: test.clock.now() }]);
    expect(await test.identity.recentRevocations()).toContainEqual({ kind: "ssh-key", id: added.id, at: test.clock.now() });
    expect(await ssh.byKey("alice", added.fingerprint)).toBeNull();
    expect(await ssh.addKey(bob, key.publicKey, "mine now")).toMatchObject({ note: "mine now" });
  });

  it("are refused when weak, with what is wrong", async () => {
    const refused = { code: "invalid_input", message: expect.stringContaining("not taken"), fields: [{ path: "publicKey" }] };
    await expect(ssh.addKey(alice, "ssh-dss AAAAB3NzaC1kc3M=", "")).rejects.toMatchObject(refused);
  });

  it("are limited in number", async () => {
    for (let count = 0; count < 20; count += 1) await ssh.addKey(alice, makeSshKey("").publicKey, "");
    await expect(ssh.addKey(alice, key.publicKey, "")).rejects.toMatchObject({ code: "limit_reached" });
  });

  it("rest while their owner is disabled", async () => {
    const { fingerprint } = await ssh.addKey(alice, key.publicKey, "");
    await test.identity.setDisabled(OPERATOR, "alice", true);
    expect(await ssh.byKey("alice", fingerprint)).toBeNull();
    await test.identity.setDisabled(OPERATOR, "alice", false);
    expect(await ssh.byKey("alice", fingerprint)).not.toBeNull();
  });
});

describe("certificates", () => {
  const key = makeSshKey("alice@laptop").publicKey;

  it("are OpenSSH's, for their owner, until they end", async () => {
    const { certificate, info } = await ssh.sign(alice, key);
    const shown = execFileSync("ssh-keygen", ["-L", "-f", "-"], { input: certificate, encoding: "utf8" });
    expect(shown).toContain(`Key ID: "${info.id}"`);
    expect(shown).toMatch(/Principals: \n +alice\n/);
    expect(info.expiresAt).toBe(test.clock.now() + 12 * HOUR_MS);
    expect(await ssh.listCertificates(alice)).toEqual([info]);
    expect(await ssh.byCertificate("alice", info.id)).toEqual({
      kind: "certificate",
      id: info.id,
      user: "alice",
      expiresAt: info.expiresAt,
    });
    expect(await ssh.byCertificate("bob", info.id)).toBeNull();
    expect(await ssh.byCertificate("alice", "k3x9qa2mw4tz")).toBeNull();
    test.clock.advance(12 * HOUR_MS);
    expect(await ssh.byCertificate("alice", info.id)).toBeNull();
    expect(await ssh.listCertificates(alice)).toEqual([]);
  });

  it("are revoked at once, by their owner alone", async () => {
    const { info } = await ssh.sign(alice, key);
    await expect(ssh.revokeCertificate(bob, info.id)).rejects.toMatchObject({ code: "not_found" });
    await ssh.revokeCertificate(alice, info.id);
    expect(test.revoked).toEqual([{ kind: "certificate", id: info.id, at: test.clock.now() }]);
    expect(await test.identity.recentRevocations()).toContainEqual({ kind: "certificate", id: info.id, at: test.clock.now() });
    expect(await ssh.byCertificate("alice", info.id)).toBeNull();
    await expect(ssh.revokeCertificate(alice, info.id)).rejects.toMatchObject({ code: "not_found" });
  });

  it("neither outlive the token that asked for them, nor its revocation", async () => {
    const token = await tokenActor(["self"]);
    const { info } = await ssh.sign(token, key);
    expect(info.expiresAt).toBe(test.clock.now() + HOUR_MS);
    const other = await ssh.sign(alice, key);
    await test.identity.revokeToken(alice, token.via.id);
    expect(test.revoked.map(({ kind }) => kind)).toEqual(["token", "certificate"]);
    expect(await ssh.byCertificate("alice", info.id)).toBeNull();
    expect(await ssh.byCertificate("alice", other.info.id)).not.toBeNull();
  });

  it("are void with their token even when a hub died before it had written so", async () => {
    const token = await tokenActor(["self"]);
    const { info } = await ssh.sign(token, key);
    await test.store.tokens.revoke("alice", token.via.id, test.clock.now());
    expect(await ssh.byCertificate("alice", info.id)).toBeNull();
    await test.identity.revokeToken(alice, token.via.id);
    expect(test.revoked).toEqual([{ kind: "certificate", id: info.id, at: test.clock.now() }]);
  });

  it("and keys are for tokens that may start and use sessions themselves", async () => {
    for (const scopes of [
      ["tokens"],
      ["tokens", "start:servers"],
      ["tokens", "access:servers"],
      ["access:servers", "start:servers"],
    ] as const) {
      const token = await tokenActor(scopes);
      await expect(ssh.sign(token, key)).rejects.toMatchObject({ code: "not_allowed" });
      await expect(ssh.addKey(token, key, "")).rejects.toMatchObject({ code: "not_allowed" });
    }
    const token = await tokenActor(["tokens", "start:servers", "access:servers"]);
    await ssh.sign(token, key);
    await ssh.addKey(token, key, "");
    expect((await test.store.audit.list({ limit: 3 })).map(({ action, actor }) => `${actor} ${action}`)).toEqual([
      "alice ssh-key-add",
      "alice certificate-sign",
      "alice token-create",
    ]);
  });
});

it("a site without a door says so", async () => {
  const plain = await startIdentity();
  expect(() => plain.identity.sshAccess.access()).toThrow("no door");
  await expect(plain.identity.sshAccess.sign(alice, makeSshKey("").publicKey)).rejects.toMatchObject({ code: "not_found" });
  await plain.remove();
});
