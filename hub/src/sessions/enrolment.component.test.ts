/** Who gets a session's secrets, and who does not: on real rows, through the service as a job calls it. */
import type { EnrolRequest } from "@fairway/contract/jobs.ts";
import type { SessionState } from "@fairway/contract/states.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SessionPatch } from "../store/sessions.ts";
import { sampleSession } from "../store/testing/sample.ts";
import { report } from "./enrolment.ts";
import { deriveEnrolToken, deriveSessionKeys, deriveSshKeys } from "./session-keys.ts";
import { READY } from "./testing/rows.ts";
import { type Hub, Site } from "./testing/site.ts";

let site: Site;
let hub: Hub;
const ID = "abcdefgh2345";
const REFUSED = { code: "enrolment_refused", status: 403 };

beforeEach(async () => {
  site = await Site.open();
  hub = site.start();
  // Only the rows count here: nothing goes on by itself.
  await hub.stop();
});
afterEach(() => site.close());

async function insert(state: SessionState, patch: SessionPatch = {}): Promise<void> {
  const session = sampleSession({ id: ID, jobName: `fw-test-${ID}` });
  await site.store.sessions.insert({ ...session, ...patch, state }, { at: site.now(), event: "test" });
}
const read = () => site.store.sessions.get(ID);
const request = (changes: Partial<EnrolRequest> = {}) => site.enrolment(ID, "7", changes);
const secretOf = (restarts = 0) => deriveSessionKeys(site.masterKey, ID, restarts).secret;

describe("the one-use token", () => {
  test("is exchanged for the secrets of this run", async () => {
    await insert("pending", { jobId: "7" });
    const answer = await hub.sessions.enrol(request({ host: "c1", port: 20_123 }));
    expect(Object.keys(answer).sort()).toEqual(["FAIRWAY_CERT", "FAIRWAY_KEY", "FAIRWAY_ROUTE", "FAIRWAY_SECRET"]);
    expect(answer.FAIRWAY_SECRET).toBe(secretOf());
    expect(Buffer.from(answer.FAIRWAY_CERT ?? "", "base64").toString()).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(await read()).toMatchObject({ state: "starting", host: "c1", port: 20_123, enrolledRestarts: 0 });
  });

  test("is dead after its first use: another asker gets nothing, and changes nothing", async () => {
    await insert("pending", { jobId: "7" });
    await hub.sessions.enrol(request({ host: "c1" }));
    await expect(hub.sessions.enrol(request({ host: "evil" }))).rejects.toMatchObject(REFUSED);
    expect((await read())?.host).toBe("c1");
  });

  test("answers the same asker again, whose answer was lost; no more once the app is ready", async () => {
    await insert("pending", { jobId: "7" });
    const ask = request();
    const first = await hub.sessions.enrol(ask);
    expect((await hub.sessions.enrol(ask)).FAIRWAY_SECRET).toBe(first.FAIRWAY_SECRET);
    await site.store.sessions.update(ID, "starting", { state: "ready", readyAt: site.now() }, null);
    await expect(hub.sessions.enrol(ask)).rejects.toMatchObject(REFUSED);
  });

  test("of two that come at once with it, one is let in", async () => {
    await insert("pending", { jobId: "7" });
    const results = await Promise.allSettled([hub.sessions.enrol(request()), hub.sessions.enrol(request())]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test.each(["a".repeat(43), "", "a".repeat(42)])("another one opens nothing: %j", async (token) => {
    await insert("pending", { jobId: "7" });
    await expect(hub.sessions.enrol(request({ token }))).rejects.toMatchObject(REFUSED);
    expect((await read())?.enrolledAt).toBeNull();
  });

  test("of another session opens nothing here, and who asks does not learn whether there is a session", async () => {
    await insert("pending", { jobId: "7" });
    const other = deriveEnrolToken(site.masterKey, "zzzzzzzzzzzz");
    await expect(hub.sessions.enrol(request({ token: other }))).rejects.toMatchObject(REFUSED);
    const [unknown, wrong] = await Promise.all(
      [request({ session: "zzzzzzzzzzzz", token: other }), request({ token: other })].map((ask) =>
        hub.sessions.enrol(ask).catch((error: Error) => error.message),
      ),
    );
    expect(unknown).toBe(wrong);
  });

  test.each(["stopping", "ended"] as const)("a stop wins: %s", async (state) => {
    await insert(state, { jobId: "7", stopReason: "stopped" });
    await expect(hub.sessions.enrol(request())).rejects.toMatchObject(REFUSED);
  });

  test("shown by another job of the same name", async () => {
    await insert("pending", { jobId: "8" });
    await expect(hub.sessions.enrol(request())).rejects.toMatchObject(REFUSED);
  });

  test("before the answer to the submission is here: let in, but its word for the job's id is not taken for the cluster's", async () => {
    await insert("submitting");
    await hub.sessions.enrol(request({ job: "--all" }));
    expect(await read()).toMatchObject({ state: "starting", jobId: null, enrolledJob: "--all" });
  });
});

describe("the route of the run", () => {
  async function begin(config: Parameters<typeof Site.open>[0]): Promise<void> {
    await site.close();
    site = await Site.open(config);
    hub = site.start({ hasDoor: true });
    await hub.stop();
    await insert("pending", { jobId: "7" });
  }
  const decode = (value: string | undefined) => Buffer.from(value ?? "", "base64").toString();

  test("a tunnel: where to dial, the key of this run, and whom to expect there; no port, where the app needs none", async () => {
    await begin({ route: "tunnel" });
    const answer = await hub.sessions.enrol(request({ ssh: 1, socket: 1 }));
    expect(answer).toMatchObject({ FAIRWAY_ROUTE: "tunnel", FAIRWAY_TUNNEL_TO: "hub.example:8022" });
    expect(decode(answer.FAIRWAY_TUNNEL_KEY)).toBe(deriveSshKeys(site.masterKey, ID, 0).tunnel.privateKey);
    expect(decode(answer.FAIRWAY_TUNNEL_KNOWN_HOSTS)).toBe("fairway-door ssh-ed25519 AAAA\n");
    expect(answer).not.toHaveProperty("FAIRWAY_KEY");
    expect(answer).not.toHaveProperty("FAIRWAY_SSHD_HOST_KEY");
    expect(await read()).toMatchObject({ route: "tunnel", port: null, state: "starting" });
  });

  test("a tunnel to an app that needs a port: its key is pinned all the same", async () => {
    await begin({ route: "tunnel" });
    expect(await hub.sessions.enrol(request({ ssh: 1, port: 20_123 }))).toHaveProperty("FAIRWAY_KEY");
    expect(await read()).toMatchObject({ route: "tunnel", port: 20_123 });
  });

  test("who asks again since the answer was lost is told the same", async () => {
    await begin({ route: "tunnel" });
    const ask = request({ ssh: 1, socket: 1 });
    const first = await hub.sessions.enrol(ask);
    expect(await hub.sessions.enrol(ask)).toEqual(first);
  });

  test("keys for an sshd only to a job that can run one, where the site lets people in so", async () => {
    await begin({ route: "direct" });
    const answer = await hub.sessions.enrol(request({ sshd: 1 }));
    const keys = deriveSshKeys(site.masterKey, ID, 0);
    expect(decode(answer.FAIRWAY_SSHD_HOST_KEY)).toBe(keys.host.privateKey);
    expect(decode(answer.FAIRWAY_SSHD_AUTHORIZED_KEY)).toBe(keys.door.publicKey);
    expect(answer).not.toHaveProperty("FAIRWAY_TUNNEL_KEY");
    await begin({ route: "direct", ssh_into_sessions: false });
    expect(await hub.sessions.enrol(request({ sshd: 1 }))).not.toHaveProperty("FAIRWAY_SSHD_HOST_KEY");
  });

  test("that its sshd listens is told with the secret of the run, and forgotten with it", async () => {
    await begin({ route: "direct" });
    await hub.sessions.enrol(request({ sshd: 1 }));
    await hub.sessions.report({ session: ID, secret: secretOf(), sshd: 20_456 });
    expect(await read()).toMatchObject({ sshdPort: 20_456 });
    const again = request({ sshd: 1, restarts: 1 });
    await site.store.sessions.update(ID, "starting", { enrolledAt: null, enrolledRestarts: null, restarts: 1 }, null);
    await hub.sessions.enrol(again);
    expect(await read()).toMatchObject({ sshdPort: null });
  });
});

describe("a requeue", () => {
  test("revives it only on the cluster's word: until then the job is to ask again, and nothing changes", async () => {
    await insert("ready", READY);
    await expect(hub.sessions.enrol(request({ restarts: 1 }))).rejects.toMatchObject({ status: 503, retryAfterSeconds: 2 });
    expect(await read()).toMatchObject({ state: "ready", enrolledRestarts: 0 });
    await site.store.sessions.update(
      ID,
      "ready",
      { state: "starting", enrolledAt: null, enrolledRestarts: null, readyAt: null, restarts: 1 },
      null,
    );
    expect((await hub.sessions.enrol(request({ restarts: 1 }))).FAIRWAY_SECRET).toBe(secretOf(1));
  });

  test("the first run's late call does not take the second one's place", async () => {
    await insert("starting", { jobId: "7", restarts: 1 });
    await expect(hub.sessions.enrol(request({ restarts: 0 }))).rejects.toMatchObject(REFUSED);
  });

  test("of another job, or told by one whose session is over: refused for good", async () => {
    await insert("ready", READY);
    await expect(hub.sessions.enrol(request({ job: "8", restarts: 1 }))).rejects.toMatchObject(REFUSED);
  });
});

describe("a report", () => {
  test("with the secret: the exit code, and another port", async () => {
    await insert("starting", { ...READY, state: "starting", readyAt: null });
    await hub.sessions.report({ session: ID, secret: secretOf(), host: "c1", port: 20_007 });
    await hub.sessions.report({ session: ID, secret: secretOf(), exit: 3 });
    expect(await read()).toMatchObject({ port: 20_007, exitCode: 3, state: "starting" });
  });

  test("that it listens where it was expected wakes whoever waits to ask it", async () => {
    await insert("starting", { ...READY, state: "starting", readyAt: null });
    const row = await site.store.sessions.get(ID);
    const watch = hub.changes.watch(ID);
    await hub.sessions.report({ session: ID, secret: secretOf(), host: row?.host ?? "", port: row?.port ?? 0 });
    await watch.wait(86_400_000, new AbortController().signal);
    watch.close();
    expect(await site.store.sessions.get(ID)).toEqual(row);
  });

  test("that a ready session has moved leads nobody there before it has answered there", async () => {
    await insert("ready", READY);
    await hub.sessions.report({ session: ID, secret: secretOf(), host: "169.254.169.254", port: 80 });
    expect(await read()).toMatchObject({ state: "starting", readyAt: null });
    expect(await hub.routes.snapshot()).toMatchObject([{ upstream: null, inject: null }]);
  });

  test("with the wrong secret, the enrolment token or an earlier run's: refused, or without effect", async () => {
    await insert("ready", { ...READY, enrolledRestarts: 1, restarts: 1 });
    for (const secret of ["a".repeat(43), deriveEnrolToken(site.masterKey, ID), secretOf(0)])
      await expect(hub.sessions.report({ session: ID, secret, exit: 1, host: "evil", port: 1 })).rejects.toMatchObject(REFUSED);
    expect(await read()).toMatchObject({ exitCode: null, host: "c1", state: "ready" });
  });

  test("of the run before, while the next has not enrolled: nothing changes", async () => {
    await insert("pending", { jobId: "7", restarts: 1 });
    await hub.sessions.report({ session: ID, secret: secretOf(0), exit: 1, host: "evil", port: 1 });
    expect(await read()).toMatchObject({ exitCode: null, host: null });
  });

  test("that it listens counts for the run that goes on alone: not after its end, nor for the run that follows", async () => {
    const noted: string[] = [];
    const health = { noteListening: (id: string) => void noted.push(id) };
    const options = { masterKey: site.masterKey, store: site.store.sessions, changes: hub.changes, kick: () => {}, routing: { health } };
    const listens = () => report({ session: ID, secret: secretOf(0), sshd: 20_456 }, options);
    await insert("starting", { ...READY, readyAt: null });
    await listens();
    expect(noted).toEqual([ID]);
    await site.store.sessions.update(ID, "starting", { enrolledAt: null, enrolledRestarts: null, restarts: 1 }, null);
    await listens();
    await site.store.sessions.update(ID, "starting", { ...READY, state: "ended", reason: "stopped", endedAt: site.now() }, null);
    await listens();
    expect(noted).toEqual([ID]);
  });

  test("about a session that never was", async () => {
    await expect(hub.sessions.report({ session: "zzzzzzzzzzzz", secret: "a".repeat(43), exit: 0 })).rejects.toMatchObject(REFUSED);
  });
});
