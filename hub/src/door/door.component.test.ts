/** What the hub decides for the door: real identity, real sessions, a cluster in memory. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DoorCredential, DoorEntry } from "@fairway/contract/door.ts";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256Hex } from "../identity/secrets.ts";
import { openTestDoor } from "../identity/testing/door.ts";
import { FROM, startIdentity, type TestIdentity } from "../identity/testing/identity.ts";
import { makeSshKey } from "../pki/ssh-ed25519.ts";
import { fingerprintOf, parsePublicKeyLine } from "../pki/ssh-wire.ts";
import { deriveSshKeys } from "../sessions/session-keys.ts";
import { type Hub, person, Site } from "../sessions/testing/site.ts";
import { NO_FACTS, toSessionView } from "../sessions/view.ts";
import { openStreamSockets, type StreamSockets } from "../transports/streams.ts";
import { createDoorService } from "./service.ts";
import type { DoorService } from "./types.ts";

let site: Site;
let hub: Hub;
let who: TestIdentity;
let door: DoorService;
let stateDir: string;
let streams: StreamSockets;
const close: (() => Promise<void> | void)[] = [];

beforeEach(async () => {
  const testDoor = openTestDoor();
  who = await startIdentity({ door: testDoor.door });
  site = await Site.open();
  hub = site.start();
  stateDir = mkdtempSync(join(tmpdir(), "fairway-state-"));
  streams = openStreamSockets({ runtimeDir: stateDir, onError: (error) => expect.unreachable(String(error)) });
  door = openDoor("small");
  close.push(
    () => testDoor.remove(),
    who.remove,
    () => site.close(),
    () => rmSync(stateDir, { recursive: true }),
    () => streams.close(),
    () => door.close(),
  );
});
afterEach(async () => {
  for (const each of close.splice(0).reverse()) await each();
});

function openDoor(defaultProfile: string | null): DoorService {
  return createDoorService({
    identity: who.identity,
    sessions: hub.sessions,
    store: site.store.sessions,
    audit: who.store.audit,
    clusters: new Map([["main", site.cluster.cluster]]),
    masterKey: site.masterKey,
    runtimeDir: site.runtimeDir,
    stateDir,
    hostKeyFile: undefined,
    defaultProfile,
    streams,
    prepare: async () => {},
    view: (row) => toSessionView(row, site.cluster.cluster, "/", NO_FACTS),
    now: site.now,
    log: pino({ level: "silent" }),
  });
}

async function signIn(user: string) {
  return (await who.identity.signIn(user, `${user}-pw`, FROM)).actor;
}

async function tokenOf(user: string, scopes: ("self" | "access:servers" | "read:servers")[] = ["self"]) {
  const { token } = await who.identity.createToken(await signIn(user), { note: "", scopes, expiresInSeconds: 3600 });
  return sha256Hex(token);
}

const from = (user: string) => ({ user, address: "192.0.2.9" });

async function credentialOf(user: string): Promise<DoorCredential> {
  const found = await door.signIn({ ...from(user), proof: { kind: "token", sha256: await tokenOf(user) } });
  if (found === null) throw new Error("not let in");
  return found;
}

/** Sessions that run and have an sshd, one for each name. The hub's loops rest from then on: the cluster knows nothing of it. */
async function run(user: string, ...names: string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) ids.push((await hub.sessions.launch(person(user), { profile: "small", name })).id);
  for (const id of ids) await site.waitFor(id, { state: "pending" });
  await hub.stop();
  const now = site.now();
  const run = { enrolledAt: now, enrolledRestarts: 0, readyAt: now, route: "tunnel", host: "n1", port: 20_000, sshdPort: 20_001 } as const;
  for (const id of ids) await site.store.sessions.update(id, "pending", { state: "ready", ...run }, null);
  return ids;
}

test("keys: the host key stays the same, and the authority is the one that signs", async () => {
  const keys = door.keys();
  expect(keys.hostKey).toContain("OPENSSH PRIVATE KEY");
  expect(door.keys()).toEqual(keys);
  expect(keys.certificateAuthorities[0]).toMatch(/^ssh-ed25519 /);
});

test("a token lets its own person in, with the scope for it; guesses are slowed down", async () => {
  const sha256 = await tokenOf("alice");
  expect(await door.signIn({ ...from("alice"), proof: { kind: "token", sha256 } })).toMatchObject({ kind: "token", user: "alice" });
  expect(await door.signIn({ ...from("bob"), proof: { kind: "token", sha256 } })).toBeNull();
  const reading = await tokenOf("alice", ["read:servers"]);
  expect(await door.signIn({ ...from("alice"), proof: { kind: "token", sha256: reading } })).toBeNull();
  const guesses = Promise.all(Array.from({ length: 25 }, (_, index) => guess(index, from("alice").address)));
  await expect(guesses).rejects.toMatchObject({ code: "too_many" });
  expect(await who.store.audit.list({ actor: "alice", limit: 5 })).toContainEqual(
    expect.objectContaining({ action: "door.sign-in", outcome: "done", address: "192.0.2.9" }),
  );
});

test("a stranger's wrong tokens do not keep anybody from signing in with theirs", async () => {
  const sha256 = await tokenOf("alice");
  for (let index = 0; index < 25; index += 1) expect(await guess(index, `198.51.100.${index}`)).toBeNull();
  expect(await door.signIn({ ...from("alice"), proof: { kind: "token", sha256 } })).toMatchObject({ kind: "token", user: "alice" });
});

function guess(index: number, address: string) {
  return door.signIn({ user: "alice", address, proof: { kind: "token", sha256: sha256Hex(`guess ${index}`) } });
}

test("a registered key lets its own person in until it is removed or they are shut out; unknown ones are no guesses", async () => {
  const alice = await signIn("alice");
  const { publicKey } = makeSshKey("laptop");
  const key = await who.identity.sshAccess.addKey(alice, publicKey, "");
  const proof = { kind: "ssh-key", fingerprint: fingerprintOf(parsePublicKeyLine(publicKey).blob) } as const;
  for (let tries = 0; tries < 30; tries += 1)
    expect(await door.signIn({ ...from("alice"), proof: { kind: "ssh-key", fingerprint: "SHA256:another" } })).toBeNull();
  const credential = await door.signIn({ ...from("alice"), proof });
  expect(credential).toMatchObject({ kind: "ssh-key", id: key.id });
  expect(await door.signIn({ ...from("bob"), proof })).toBeNull();
  expect((await enterAs(credential)).kind).toBe("waiting");
  await who.identity.sshAccess.removeKey(alice, key.id);
  expect(await door.signIn({ ...from("alice"), proof })).toBeNull();
  expect(await enterAs(credential)).toMatchObject({ kind: "refused", line: "Your sign-in is not valid any more." });
});

function enterAs(credential: DoorCredential | null, session: string | null = null, id?: string): Promise<DoorEntry> {
  if (credential === null) throw new Error("not let in");
  return door.enter({ credential, session, ...(id === undefined ? {} : { id }) });
}

test("nobody comes into another's session, by name or by id, nor with a credential of theirs that is made up", async () => {
  const [id = ""] = await run("alice", "mine");
  const bob = await credentialOf("bob");
  expect(await enterAs(bob, "mine")).toMatchObject({ kind: "refused", line: 'You have no open session called "mine".' });
  expect(await enterAs(bob, null, id)).toMatchObject({ kind: "refused", line: "There is no such session." });
  expect(await enterAs({ ...bob, user: "alice" }, "mine")).toMatchObject({ kind: "refused" });
  expect(await enterAs({ kind: "ssh-key", id: "aaaaaaaaaaaa", user: "alice", expiresAt: null }, "mine")).toMatchObject({ kind: "refused" });
});

test("by name, else the default one, else the newest that takes SSH; with the keys of its run", async () => {
  const alice = await credentialOf("alice");
  const [named = "", byDefault = ""] = await run("alice", "gpu", "");
  expect(await enterAs(alice)).toMatchObject({ kind: "open", sessionId: byDefault });
  await site.store.sessions.update(byDefault, "ready", { state: "ended", reason: "stopped", endedAt: site.now() }, null);
  expect(await enterAs(alice)).toMatchObject({ kind: "open", sessionId: named });
  const entry = await enterAs(alice, "gpu");
  const { host, door: ours } = deriveSshKeys(site.masterKey, named, 0);
  expect(entry).toMatchObject({
    kind: "open",
    sessionId: named,
    sessionName: "gpu",
    target: { account: "alice", hostKey: host.publicKey, privateKey: ours.privateKey },
  });
});

test("without one the default profile is launched, once, and named; without a default profile it is said what to do", async () => {
  const alice = await credentialOf("alice");
  const [one, two] = await Promise.all([enterAs(alice), enterAs(alice)]);
  const started = [one, two].filter((entry) => entry.kind === "waiting" && entry.line.startsWith("Started ")).length;
  expect(started).toBe(1);
  const open = await site.store.sessions.find({ show: "open", user: "alice", limit: 10 });
  expect(open).toHaveLength(1);
  expect([one, two]).toEqual([one, two].map(() => expect.objectContaining({ kind: "waiting", sessionId: open[0]?.id })));
  door = openDoor(null);
  expect(await enterAs(await credentialOf("bob"))).toMatchObject({ kind: "refused", line: "You have no session open." });
});

test("a token that may not start sessions starts none; a limit is told in its own words", async () => {
  const sha256 = await tokenOf("alice", ["access:servers"]);
  const weak = await door.signIn({ ...from("alice"), proof: { kind: "token", sha256 } });
  expect(await enterAs(weak)).toMatchObject({ kind: "refused", line: 'This needs the scope "start:servers".' });
});

test("what ended is refused with how it ended; what has no sshd is entered by the scheduler, after a while", async () => {
  const alice = await credentialOf("alice");
  const [id = ""] = await run("alice", "old");
  await site.store.sessions.update(id, "ready", { sshdPort: null }, null);
  expect(await enterAs(alice, "old")).toMatchObject({ kind: "waiting", line: "It runs; its SSH service is starting." });
  site.jump(120_000);
  expect(await enterAs(alice, "old")).toMatchObject({ kind: "refused", line: expect.stringContaining("no sshd on its node") });
  Object.assign(site.cluster.cluster.config, { shells: { login: false, jobs: true, script: "/x" } });
  site.cluster.faults.queue = "away";
  expect(await enterAs(alice, "old")).toMatchObject({ kind: "waiting", line: expect.stringContaining("does not answer now") });
  site.cluster.faults.queue = "works";
  const row = await site.store.sessions.get(id);
  expect(await enterAs(alice, "old")).toMatchObject({
    kind: "open",
    target: { account: "alice", preamble: "its keys", upstream: { kind: "unix", path: expect.stringContaining("/streams/") } },
  });
  expect(site.cluster.streams).toMatchObject([{ user: "alice", verb: { verb: "job", jobId: row?.jobId, jobName: row?.jobName } }]);
  await site.store.sessions.update(id, "ready", { state: "ended", reason: "walltime", endedAt: site.now() }, null);
  expect(await enterAs(alice, null, id)).toMatchObject({ kind: "refused", line: expect.stringContaining("not running") });
});

test("a login node: for a browser's sign-in, where the site allows it, with keys of that one connection", async () => {
  const { actor } = await who.identity.signIn("alice", "alice-pw", FROM);
  const { via } = actor;
  if (via.kind !== "login") throw new Error("no sign-in");
  const credential: DoorCredential = { kind: "login", id: via.id, user: "alice", expiresAt: null };
  const enter = (given = credential, cluster = "main") => door.enterLoginNode({ credential: given, cluster });
  const nowhere = { kind: "refused", line: "This site has no terminals on that login node." };
  expect(await enter()).toMatchObject(nowhere);
  Object.assign(site.cluster.cluster.config, { shells: { login: true, jobs: false, script: "/x" } });
  expect(await enter(credential, "other")).toMatchObject(nowhere);
  expect(await enter(await credentialOf("alice"))).toMatchObject({ kind: "refused", line: expect.stringContaining("for the browser") });
  expect(await enter({ ...credential, user: "bob" })).toMatchObject({ kind: "refused" });
  expect(site.cluster.streams).toEqual([]);
  const [one, two] = [await enter(), await enter()];
  if (one.kind !== "open" || two.kind !== "open") throw new Error("not let in");
  expect(one.target).toMatchObject({ account: "alice", preamble: "its keys" });
  expect(one.target.privateKey).not.toBe(two.target.privateKey);
  expect(site.cluster.streams).toMatchObject([{ user: "alice", verb: { verb: "login" } }, {}]);
  site.cluster.faults.queue = "away";
  expect(await enter()).toMatchObject({ kind: "refused", line: expect.stringContaining("cannot be reached now") });
  await who.identity.signOut(actor);
  expect(await enter()).toMatchObject({ kind: "refused", line: "Your sign-in is not valid any more." });
});

describe("refused sign-ins in the audit log", () => {
  const refuse = (user: string, address: string) =>
    door.audit({ credential: null, user, address, action: "door.sign-in", target: null, outcome: "refused", detail: "3 wrong proofs" });
  const refusals = async () => (await who.store.audit.list({ limit: 1000 })).filter(({ outcome }) => outcome === "refused");

  test("a stranger's are one entry at once and one with their number, whatever names they try", async () => {
    for (let index = 0; index < 50; index += 1) await refuse(index === 0 ? "root" : "admin", "192.0.2.66");
    for (let index = 0; index < 50; index += 1) await refuse(`name${index}`, `2001:db8::${index + 1}`);
    await refuse("git", "192.0.2.67");
    const atOnce = { via: "door", action: "door.sign-in", detail: "3 wrong proofs" };
    expect(await refusals()).toMatchObject([
      { ...atOnce, actor: "git", address: "192.0.2.67" },
      { ...atOnce, actor: "name0", address: "2001:db8::1" },
      { ...atOnce, actor: "root", address: "192.0.2.66" },
    ]);
    await door.close();
    const counted = { via: "door", action: "door.sign-in", detail: expect.stringMatching(/^49 more since 20\d\d-/) };
    expect((await refusals()).slice(0, -3).toSorted((one, other) => one.actor.localeCompare(other.actor))).toMatchObject([
      { ...counted, actor: "(several)", address: "2001:db8:0:0::/64" },
      { ...counted, actor: "admin", address: "192.0.2.66" },
    ]);
  });

  test("a known person's are one entry each, and say who it was", async () => {
    const alice = await signIn("alice");
    const { publicKey } = makeSshKey("laptop");
    const key = await who.identity.sshAccess.addKey(alice, publicKey, "");
    const proof = { kind: "ssh-key", fingerprint: fingerprintOf(parsePublicKeyLine(publicKey).blob) } as const;
    await door.signIn({ ...from("bob"), proof });
    await who.identity.sshAccess.removeKey(alice, key.id);
    for (let tries = 0; tries < 3; tries += 1) await door.signIn({ ...from("alice"), proof });
    const reading = await tokenOf("alice", ["read:servers"]);
    await door.signIn({ ...from("alice"), proof: { kind: "token", sha256: reading } });
    const bob = await credentialOf("bob");
    const denied = { credential: bob, ...from("bob"), action: "door.shell", target: "x", outcome: "refused", detail: null } as const;
    for (let tries = 0; tries < 2; tries += 1) await door.audit(denied);
    const void_ = { actor: "alice", via: `ssh-key:${key.id}`, target: null, address: "192.0.2.9", detail: "it lets nobody in (any more)" };
    expect(await refusals()).toMatchObject([
      { actor: "bob", action: "door.shell" },
      { actor: "bob", action: "door.shell" },
      { actor: "alice", via: expect.stringMatching(/^token:/), action: "door.sign-in" },
      void_,
      void_,
      void_,
      { ...void_, target: "bob", detail: "it is not of whose name was given" },
    ]);
  });
});

test("a tunnel: only of a run that is reached so, with the key of that run", async () => {
  const [id = ""] = await run("alice", "");
  const key = (restarts: number) => deriveSshKeys(site.masterKey, id, restarts).tunnel.publicKey;
  const ask = (publicKey: string) => door.tunnel({ session: id, publicKey, address: "192.0.2.9" });
  expect(await ask(key(0))).toEqual({
    app: join(site.runtimeDir, `tunnels/${id}.sock`),
    sshd: join(site.runtimeDir, `tunnels/${id}-ssh.sock`),
  });
  expect(await ask(key(1))).toBeNull();
  expect(await ask(makeSshKey("").publicKey)).toBeNull();
  await site.store.sessions.update(id, "ready", { route: "direct" }, null);
  expect(await ask(key(0))).toBeNull();
  await site.store.sessions.update(id, "ready", { route: "tunnel", state: "ended", reason: "stopped", endedAt: site.now() }, null);
  expect(await ask(key(0))).toBeNull();
});
