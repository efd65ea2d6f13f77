/** Keys, certificates and device sign-ins, on both databases. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStore, type Store } from "./index.ts";
import type { CertificateRow, DeviceSignInRow, SshKeyRow } from "./schema.ts";
import { type Postgres, startPostgres } from "./testing/postgres.ts";
import { openTemporaryStore } from "./testing/sample.ts";

const T0 = 1_700_000_000_000;

describe("on SQLite", () => {
  describeAccess(openTemporaryStore);
});

// store.component.test.ts says aloud when this is left out.
describe.skipIf(process.env.FAIRWAY_SKIP_POSTGRES === "1")("on Postgres", () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());
  describeAccess(async () => {
    const store = await openStore({ kind: "postgres", url: await postgres.createDatabase() });
    return { store, remove: () => store.close() };
  });
});

function sampleKey(changes: Partial<SshKeyRow> = {}): SshKeyRow {
  const names = { user: "alice", fingerprint: "SHA256:one", publicKey: "ssh-ed25519 AAAA", note: "laptop" };
  return { id: "key222222222", ...names, createdAt: T0, lastUsedAt: null, removedAt: null, ...changes };
}

function sampleCertificate(changes: Partial<CertificateRow> = {}): CertificateRow {
  const times = { createdAt: T0, expiresAt: T0 + 1000, revokedAt: null };
  return { id: "cert22222222", user: "alice", fingerprint: "SHA256:one", tokenId: "token2222222", ...times, ...changes };
}

function sampleDevice(changes: Partial<DeviceSignInRow> = {}): DeviceSignInRow {
  const asked = { note: "fairway on laptop", address: "192.0.2.1", createdAt: T0, expiresAt: T0 + 1000 };
  return { deviceHash: "hash", userCode: "ABCD-EFGH", ...asked, user: null, verdict: null, takenAt: null, ...changes };
}

function describeAccess(open: () => Promise<{ store: Store; remove: () => Promise<void> }>): void {
  let store: Store;
  let remove: () => Promise<void>;
  beforeEach(async () => {
    ({ store, remove } = await open());
  });
  afterEach(() => remove());

  it("gives a key to one person at a time, also when two ask at once, and to another when it was removed", async () => {
    const both = [store.sshKeys.insert(sampleKey()), store.sshKeys.insert(sampleKey({ id: "key333333333", user: "bob" }))];
    expect((await Promise.all(both)).toSorted()).toEqual([false, true]);
    const owned = await store.sshKeys.byFingerprint("SHA256:one");
    if (owned === null) throw new Error("nobody has the key");
    expect(await store.sshKeys.remove("carol", owned.id, T0)).toBe(false);
    expect(await store.sshKeys.remove(owned.user, owned.id, T0 + 5)).toBe(true);
    expect(await store.sshKeys.remove(owned.user, owned.id, T0 + 6)).toBe(false);
    expect(await store.sshKeys.byFingerprint("SHA256:one")).toBeNull();
    expect(await store.sshKeys.lastByFingerprint("SHA256:one")).toEqual({ ...owned, removedAt: T0 + 5 });
    expect(await store.sshKeys.lastByFingerprint("SHA256:another")).toBeNull();
    const next = sampleKey({ id: "key444444444", user: "carol" });
    expect(await store.sshKeys.insert(next)).toBe(true);
    expect(await store.sshKeys.ofUser("carol")).toEqual([next]);
    expect(await store.sshKeys.lastByFingerprint("SHA256:one")).toEqual(next);
    await store.sshKeys.touch(next.id, T0 + 7);
    expect(await store.sshKeys.byFingerprint("SHA256:one")).toEqual({ ...next, lastUsedAt: T0 + 7 });
    expect(await store.sshKeys.removedSince(T0 + 5)).toEqual([{ ...owned, removedAt: T0 + 5 }]);
    await store.sshKeys.prune(T0 + 6);
    expect(await store.sshKeys.removedSince(0)).toEqual([]);
    expect(await store.sshKeys.ofUser("carol")).toHaveLength(1);
  });

  it("knows which certificates still count, and ends those of a token", async () => {
    const mine = sampleCertificate();
    await store.certificates.insert(mine);
    await store.certificates.insert(sampleCertificate({ id: "cert33333333", tokenId: null, createdAt: T0 + 1 }));
    await store.certificates.insert(sampleCertificate({ id: "cert44444444", expiresAt: T0 + 5 }));
    const idsAt = async (now: number) => (await store.certificates.validOf("alice", now)).map(({ id }) => id);
    expect(await idsAt(T0 + 4)).toEqual(["cert33333333", "cert22222222", "cert44444444"]);
    expect(await idsAt(T0 + 5)).toEqual(["cert33333333", "cert22222222"]);
    expect(await store.certificates.revokeOfToken("bob", "token2222222", T0 + 6)).toEqual([]);
    expect(await store.certificates.revokeOfToken("alice", "token2222222", T0 + 6)).toEqual(["cert22222222"]);
    expect(await store.certificates.revoke("bob", "cert33333333", T0 + 7)).toBe(false);
    expect(await store.certificates.revoke("alice", "cert33333333", T0 + 7)).toBe(true);
    expect(await store.certificates.revoke("alice", "cert33333333", T0 + 8)).toBe(false);
    expect(await idsAt(T0 + 8)).toEqual([]);
    expect(await store.certificates.get(mine.id)).toEqual({ ...mine, revokedAt: T0 + 6 });
    expect((await store.certificates.revokedSince(T0 + 7)).map(({ id }) => id)).toEqual(["cert33333333"]);
    await store.certificates.prune(T0 + 1000);
    expect(await store.certificates.get("cert44444444")).toBeNull();
    expect(await store.certificates.get(mine.id)).not.toBeNull();
  });

  it("judges a device once and hands it over once, whoever asks at the same moment", async () => {
    expect(await store.deviceSignIns.insert(sampleDevice())).toBe(true);
    expect(await store.deviceSignIns.insert(sampleDevice({ deviceHash: "other" }))).toBe(false);
    expect(await store.deviceSignIns.insert(sampleDevice({ deviceHash: "late", userCode: "LATE-LATE", expiresAt: T0 + 1 }))).toBe(true);
    expect([await store.deviceSignIns.countWaiting(T0), await store.deviceSignIns.countWaiting(T0 + 1)]).toEqual([2, 1]);
    expect(await store.deviceSignIns.take("hash", T0 + 2)).toBe(false);
    const verdicts = [{ user: "alice", verdict: "confirmed" } as const, { user: "bob", verdict: "confirmed" } as const];
    const judged = await Promise.all(verdicts.map((verdict) => store.deviceSignIns.judge("ABCD-EFGH", verdict, T0 + 2)));
    expect(judged.toSorted()).toEqual([false, true]);
    expect(await store.deviceSignIns.judge("LATE-LATE", { user: "alice", verdict: "refused" }, T0 + 1)).toBe(false);
    expect(await store.deviceSignIns.countWaiting(T0)).toBe(1);
    const taken = await Promise.all([store.deviceSignIns.take("hash", T0 + 3), store.deviceSignIns.take("hash", T0 + 3)]);
    expect(taken.toSorted()).toEqual([false, true]);
    expect(await store.deviceSignIns.byDevice("hash")).toMatchObject({ verdict: "confirmed", takenAt: T0 + 3 });
    await store.deviceSignIns.prune(T0 + 2);
    expect(await store.deviceSignIns.byUserCode("LATE-LATE")).toBeNull();
    expect(await store.deviceSignIns.byUserCode("ABCD-EFGH")).toMatchObject({ deviceHash: "hash" });
  });
}
