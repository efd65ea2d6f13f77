/** The loops as a whole on a cluster that misbehaves: launches, stops and ends come out right in the end. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { sampleSession } from "../store/testing/sample.ts";
import { derivePorts, deriveSessionKeys } from "./session-keys.ts";
import { type SessionApp, startSessionApp } from "./testing/session-app.ts";
import { type Hub, PREFIX, person, Site } from "./testing/site.ts";

let site: Site;
let hub: Hub;
let apps: SessionApp[];
const alice = person("alice");

beforeEach(async () => {
  site = await Site.open();
  hub = site.start();
  apps = [];
});
afterEach(async () => {
  for (const app of apps) await app.close();
  await site.close();
});

const launch = async (name = "") => (await hub.sessions.launch(alice, { profile: "small", name })).id;

/** The job runs, its app listens, and it enrols: what the job script does on a node. */
async function runJob(id: string, restarts = 0): Promise<SessionApp> {
  const { jobId } = await site.waitFor(id, { jobId: expect.any(String) as unknown as string });
  site.cluster.run(jobId ?? "");
  const app = await startSessionApp(deriveSessionKeys(site.masterKey, id, restarts).keyPem);
  apps.push(app);
  await hub.sessions.enrol(site.enrolment(id, jobId ?? "", { port: app.port, restarts }));
  return app;
}

async function launchReady(): Promise<{ id: string; jobId: string; app: SessionApp }> {
  const id = await launch();
  const app = await runJob(id);
  const { jobId } = await site.waitFor(id, { state: "ready" });
  return { id, jobId: jobId ?? "", app };
}

describe("a launch", () => {
  test("goes all the way to ready, and back by a stop", async () => {
    const { id, app } = await launchReady();
    expect(app.requests[0]?.headers["x-fairway-secret"]).toBe(deriveSessionKeys(site.masterKey, id, 0).secret);
    await hub.sessions.stop(alice, id);
    await site.waitFor(id, { state: "ended", reason: "stopped" });
    expect(site.cluster.submissions).toBe(1);
  });

  test("that is refused tells the scheduler's own sentence", async () => {
    site.cluster.faults.submit = "refused";
    await site.waitFor(await launch(), {
      state: "ended",
      reason: "submit_failed",
      detail: expect.stringMatching(/^Invalid account/) as unknown as string,
    });
  });

  test("waits, unsent, while the cluster is away, and says so", async () => {
    site.cluster.faults.queue = "away";
    await vi.waitFor(() => expect(site.cluster.cluster.health.awaySince).not.toBeNull(), { timeout: 20_000 });
    const id = await launch();
    await vi.waitFor(async () => expect((await hub.sessions.get(alice, id)).line).toMatch(/does not answer/), { timeout: 20_000 });
    expect(site.cluster.submissions).toBe(0);
    expect((await site.waitFor(id, { state: "requested" })).submitAttempts).toBe(0);
    await hub.sessions.stop(alice, id);
    await site.waitFor(id, { state: "ended", reason: "stopped" });
  });

  test("a garbled queue is no empty one: nothing ends, nothing is sent twice", async () => {
    const { id } = await launchReady();
    site.cluster.faults.queue = "garbled";
    site.jump(3_600_000);
    await vi.waitFor(() => expect(site.cluster.cluster.health.awaySince).not.toBeNull(), { timeout: 20_000 });
    await site.waitFor(id, { state: "ready" });
    expect(site.cluster.submissions).toBe(1);
  });
});

describe("a submission whose answer is lost", () => {
  test("but which arrived: found, not repeated", async () => {
    site.cluster.faults.submit = "answer is lost";
    const id = await launch();
    await site.waitFor(id, { state: "pending", jobId: "100" });
    expect(site.cluster.submissions).toBe(1);
  });

  test("and which never arrived: sent again, after a pause, and meanwhile it says why", async () => {
    site.cluster.faults.submit = "never arrives";
    const id = await launch();
    await site.waitFor(id, { state: "submitting", detail: "Unable to contact slurm controller" });
    for (let step = 0; step < 4; step += 1) site.jump(3500);
    await vi.waitFor(
      () => {
        site.jump(1000);
        expect(site.cluster.jobs).toHaveLength(0);
      },
      { timeout: 20_000 },
    );
    await vi.waitFor(
      async () => {
        site.jump(500);
        const row = await site.store.sessions.get(id);
        expect(row?.state).toBe("requested");
      },
      { timeout: 10_000, interval: 5 },
    );
    expect((await hub.sessions.get(alice, id)).line).toContain("Unable to contact slurm controller");
    site.cluster.faults.submit = "works";
    await site.waitFor(id, { state: "pending", submitAttempts: 2 });
    expect(site.cluster.submissions).toBe(2);
    expect(site.cluster.jobs).toHaveLength(1);
  });

  test("a cluster that never takes it is asked less and less, not in a spin", async () => {
    site.cluster.faults.submit = "never arrives";
    const id = await launch();
    const attempts = async () => (await site.store.sessions.get(id))?.submitAttempts ?? 0;
    await vi.waitFor(
      async () => {
        site.jump(1000);
        expect(await attempts()).toBeGreaterThanOrEqual(2);
      },
      { timeout: 15_000, interval: 5 },
    );
    // By its second pause the row says when it may go again: each gap is longer than the one before.
    expect(await attempts()).toBeLessThanOrEqual(4);
    expect(site.cluster.submissions).toBe(await attempts());
  });
});

describe("a stop", () => {
  test("while the submission hangs: nothing stays behind", async () => {
    site.cluster.faults.submit = "hangs";
    const id = await launch();
    await site.waitFor(id, { state: "submitting" });
    await hub.sessions.stop(alice, id);
    await site.waitFor(id, { state: "stopping" });
    site.cluster.release();
    await site.waitFor(id, { state: "ended", reason: "stopped" });
    expect(site.cluster.jobs.map((job) => job.state)).toEqual(["cancelled"]);
  });

  test("while the answer to the submission is lost: its job is found and ended", async () => {
    site.cluster.faults.submit = "hangs";
    const id = await launch();
    await site.waitFor(id, { state: "submitting" });
    await hub.sessions.stop(alice, id);
    site.cluster.faults.submit = "answer is lost";
    site.cluster.release();
    await site.waitFor(id, { state: "ended", reason: "stopped" });
    expect(site.cluster.cancelled).toEqual(["100"]);
  });

  test("wins over an enrolment that comes later", async () => {
    const id = await launch();
    const { jobId } = await site.waitFor(id, { state: "pending" });
    site.cluster.faults.cancel = "fails";
    await hub.sessions.stop(alice, id);
    await site.waitFor(id, { state: "stopping" });
    site.cluster.run(jobId ?? "");
    await expect(hub.sessions.enrol(site.enrolment(id, jobId ?? ""))).rejects.toMatchObject({ code: "enrolment_refused" });
    site.cluster.faults.cancel = "works";
    await site.waitFor(id, { state: "ended", reason: "stopped" });
  });

  test("of an unreachable session", async () => {
    const { id, app } = await launchReady();
    await app.close();
    site.jump(2000);
    await hub.stop();
    hub = site.start();
    await site.waitFor(id, { state: "unreachable" });
    await hub.sessions.stop(alice, id);
    await site.waitFor(id, { state: "ended", reason: "stopped" });
  });

  test("that cannot be carried out is no end: the session goes on stopping, and the cluster stays answered", async () => {
    const { id } = await launchReady();
    site.cluster.faults.cancel = "fails";
    await hub.sessions.stop(alice, id);
    await vi.waitFor(() => expect(hub.log.join("")).toContain("a password is required"), { timeout: 20_000 });
    site.jump(600_000);
    await site.waitFor(id, { state: "stopping" });
    expect(site.cluster.cluster.health.awaySince).toBeNull();
    site.cluster.faults.cancel = "works";
    await site.waitFor(id, { state: "ended", reason: "stopped" });
  });

  test("that the launcher refuses is told as that, and asked for less and less", async () => {
    const { id } = await launchReady();
    site.cluster.faults.cancel = "refused";
    await hub.sessions.stop(alice, id);
    await site.waitFor(id, { state: "stopping", detail: expect.stringContaining("not in an allowed group") as unknown as string });
    expect((await hub.sessions.get(alice, id)).next).toContain("scancel 100");
    // Before the wait is over, whatever wakes whoever waits: it is not asked again.
    for (let round = 0; round < 3; round += 1) {
      hub.changes.nudge(id);
      const asked = site.cluster.queries.length;
      await vi.waitFor(() => expect(site.cluster.queries.length).toBeGreaterThan(asked + 1), { timeout: 20_000 });
    }
    expect(site.cluster.refusals).toBe(1);
    site.jump(31_000);
    hub.changes.nudge(id);
    await vi.waitFor(() => expect(site.cluster.refusals).toBe(2), { timeout: 20_000 });
    site.jump(31_000);
    hub.changes.nudge(id);
    const asked = site.cluster.queries.length;
    await vi.waitFor(() => expect(site.cluster.queries.length).toBeGreaterThan(asked + 1), { timeout: 20_000 });
    expect(site.cluster.refusals).toBe(2);
    site.cluster.faults.cancel = "works";
    site.jump(31_000);
    hub.changes.nudge(id);
    await site.waitFor(id, { state: "ended", reason: "stopped", detail: null });
  });

  test("on a cluster that hides everybody's jobs: it is told by the owner's own cancel", async () => {
    const { id } = await launchReady();
    site.cluster.faults.queue = "shows nothing";
    site.cluster.faults.accounting = "off";
    await hub.sessions.stop(alice, id);
    await vi.waitFor(() => expect(site.cluster.cancelled).toEqual(["100"]), { timeout: 20_000 });
    await vi.waitFor(
      async () => {
        site.jump(15_000);
        expect((await site.store.sessions.get(id))?.state).toBe("ended");
      },
      { timeout: 10_000, interval: 30 },
    );
    expect((await site.store.sessions.get(id))?.reason).toBe("stopped");
  });
});

test("a session that answers is not lost, although its queue shows others and no accounting tells of it", async () => {
  const { id, jobId, app } = await launchReady();
  site.cluster.faults.accounting = "off";
  site.cluster.forget(jobId);
  site.cluster.add({ name: `${PREFIX}other`, user: "alice" });
  for (let round = 0; round < 20; round += 1) {
    const asked = site.cluster.queries.length;
    site.jump(15_000);
    await vi.waitFor(() => expect(site.cluster.queries.length).toBeGreaterThan(asked + 1), { timeout: 20_000 });
  }
  expect((await site.store.sessions.get(id))?.state).toBe("ready");
  await app.close();
  await hub.stop();
  hub = site.start();
  await site.waitFor(id, { state: "unreachable" });
  await vi.waitFor(
    async () => {
      site.jump(15_000);
      expect(await site.store.sessions.get(id)).toMatchObject({ state: "ended", reason: "lost" });
    },
    { timeout: 20_000, interval: 30 },
  );
});

describe("a requeue", () => {
  test("is the same session starting again, with other secrets", async () => {
    const { id, jobId, app } = await launchReady();
    site.cluster.requeue(jobId);
    await site.waitFor(id, { state: "pending", enrolledAt: null, restarts: 1 });
    const second = await runJob(id, 1);
    await site.waitFor(id, { state: "ready", enrolledRestarts: 1, jobId });
    const secrets = [app, second].map(({ requests }) => requests[0]?.headers["x-fairway-secret"]);
    expect(new Set(secrets).size).toBe(2);
  });

  test("noticed only when it runs again, by a job that asks before we know: it is told to ask again, then let in", async () => {
    const { id, jobId } = await launchReady();
    site.cluster.faults.queue = "away";
    site.cluster.requeue(jobId);
    site.cluster.run(jobId);
    const second = await startSessionApp(deriveSessionKeys(site.masterKey, id, 1).keyPem);
    apps.push(second);
    const request = site.enrolment(id, jobId, { port: second.port, restarts: 1 });
    await expect(hub.sessions.enrol(request)).rejects.toMatchObject({ status: 503 });
    site.cluster.faults.queue = "works";
    await vi.waitFor(() => hub.sessions.enrol(request), { timeout: 10_000 });
    await site.waitFor(id, { state: "ready", enrolledRestarts: 1 });
  });

  test("waits anew: the hours it has run are no waiting", async () => {
    await hub.stop();
    hub = site.start({ pendingTimeoutMs: 60_000 });
    const { id, jobId } = await launchReady();
    site.jump(3_600_000);
    site.cluster.requeue(jobId);
    await site.waitFor(id, { state: "pending", restarts: 1 });
    await runJob(id, 1);
    await site.waitFor(id, { state: "ready" });
  });
});

describe("time", () => {
  test("pending too long, where the profile has a limit", async () => {
    await hub.stop();
    hub = site.start({ pendingTimeoutMs: 300 });
    await site.waitFor(await launch(), { state: "ended", reason: "pending_timeout" });
  });

  test("a job that started while we were away has not waited too long", async () => {
    const pendingTimeoutMs = 3_600_000;
    await hub.stop();
    hub = site.start({ pendingTimeoutMs });
    const id = await launch();
    const { jobId } = await site.waitFor(id, { state: "pending" });
    await hub.stop();
    site.cluster.run(jobId ?? "");
    site.jump(2 * pendingTimeoutMs);
    // The cluster is away at first, too: its silence says nothing of how long it waited.
    site.cluster.faults.queue = "away";
    hub = site.start({ pendingTimeoutMs });
    await vi.waitFor(() => expect(site.cluster.cluster.health.awaySince).not.toBeNull(), { timeout: 20_000 });
    site.cluster.faults.queue = "works";
    await runJob(id);
    expect(await site.waitFor(id, { state: "ready" })).toMatchObject({ stopReason: null });
    expect(site.cluster.cancelled).toEqual([]);
  });

  test("a job that is taken in, running, has not waited too long since it was sent", async () => {
    await hub.stop();
    const id = "abcdefgh2345";
    const comment = JSON.stringify({ fairway: { user: "alice", name: "", app: "noop", profile: "small" } });
    const job = site.cluster.add({ name: `${PREFIX}${id}`, user: "alice", comment, submittedAt: site.now() - 7_200_000 });
    site.cluster.run(job.id);
    hub = site.start({ pendingTimeoutMs: 3_600_000 });
    await vi.waitFor(async () => expect((await site.store.sessions.get(id))?.state).toMatch(/^(starting|stopping|ended)$/), {
      timeout: 20_000,
    });
    await runJob(id);
    expect(await site.waitFor(id, { state: "ready" })).toMatchObject({ stopReason: null });
    expect(site.cluster.cancelled).toEqual([]);
  });

  test("starting too long", async () => {
    await hub.stop();
    hub = site.start({ startTimeoutMs: 300 });
    const id = await launch();
    const { jobId } = await site.waitFor(id, { state: "pending" });
    site.cluster.run(jobId ?? "");
    await site.waitFor(id, { state: "ended", reason: "start_timeout" });
  });

  test("while its node is switched on its time to start does not run, and that is said", async () => {
    const id = await launch();
    const { jobId } = await site.waitFor(id, { state: "pending" });
    site.cluster.run(jobId ?? "");
    site.cluster.job(jobId ?? "").rawState = "CONFIGURING";
    await site.waitFor(id, { state: "starting" });
    site.jump(3_600_000);
    hub.changes.nudge(id);
    const asked = site.cluster.queries.length;
    await vi.waitFor(() => expect(site.cluster.queries.length).toBeGreaterThan(asked + 2), { timeout: 20_000 });
    expect(await hub.sessions.get(alice, id)).toMatchObject({
      state: "starting",
      line: expect.stringContaining("is being switched on") as unknown as string,
    });
    // From here on it has its minute.
    site.cluster.job(jobId ?? "").rawState = "RUNNING";
    const since = site.now();
    expect((await site.waitFor(id, { job: expect.objectContaining({ state: "RUNNING" }) as never })).stateSince).toBeGreaterThanOrEqual(
      since,
    );
    site.jump(61_000);
    hub.changes.nudge(id);
    await site.waitFor(id, { state: "ended", reason: "start_timeout" });
  });

  test("that we were away is not the session's: a job that waited for us is let in, not ended", async () => {
    const id = await launch();
    const { jobId } = await site.waitFor(id, { state: "pending" });
    site.cluster.run(jobId ?? "");
    await site.waitFor(id, { state: "starting" });
    await hub.stop();
    site.jump(3_600_000);
    hub = site.start();
    await runJob(id);
    await site.waitFor(id, { state: "ready" });
  });

  test("a clock that jumps either way ends nothing and keeps nobody from being watched", async () => {
    const { id, jobId } = await launchReady();
    const asked = () => site.cluster.queries.length;
    for (const jump of [-7_200_000, 86_400_000]) {
      site.jump(jump);
      const before = asked();
      await vi.waitFor(() => expect(asked()).toBeGreaterThan(before + 2), { timeout: 20_000 });
    }
    await site.waitFor(id, { state: "ready" });
    site.cluster.end(jobId, "timeout");
    await site.waitFor(id, { state: "ended", reason: "walltime" });
  });
});

describe("started again", () => {
  test("with everything as it was: nothing is sent twice, what ended meanwhile has ended", async () => {
    const { id, jobId } = await launchReady();
    const waiting = await launch("waiting");
    await site.waitFor(waiting, { state: "pending" });
    await hub.stop();
    site.cluster.end(jobId, "node_fail");
    site.cluster.leaveQueue(jobId);
    site.jump(20_000);
    hub = site.start();
    await site.waitFor(id, { state: "ended", reason: "node_fail" });
    await site.waitFor(waiting, { state: "pending" });
    expect(site.cluster.submissions).toBe(2);
  });

  test("in the middle of a submission: SIGTERM ends the hub, and the job is found by the next", async () => {
    site.cluster.faults.submit = "hangs";
    const id = await launch();
    await site.waitFor(id, { state: "submitting" });
    await hub.stop();
    expect((await site.store.sessions.get(id))?.state).toBe("submitting");
    site.cluster.add({ name: `${PREFIX}${id}`, user: "alice" });
    hub = site.start();
    await site.waitFor(id, { state: "pending", jobId: "100" });
    expect(site.cluster.submissions).toBe(1);
  });

  test("while its cluster is away: SIGTERM ends it at once all the same", async () => {
    await hub.stop();
    site.cluster.faults.queue = "away";
    hub = site.start();
    const id = await launch();
    await site.waitFor(id, { state: "requested" });
    await hub.stop();
  });

  test("twice at once on one database: still sent once", async () => {
    await hub.stop();
    const session = sampleSession({ app: "noop", createdAt: site.now() });
    await site.store.sessions.insert({ ...session, jobName: `${PREFIX}${session.id}` }, { at: site.now(), event: "launched" });
    site.cluster.faults.submit = "hangs";
    [hub] = [site.start(), site.start()];
    await site.waitFor(session.id, { state: "submitting" });
    site.cluster.release();
    await site.waitFor(session.id, { state: "pending" });
    expect(site.cluster.submissions).toBe(1);
  });

  test("with a session that enrolled with a hub whose database is gone: found by its key, on its node, at one of its ports", async () => {
    await hub.stop();
    const id = "abcdefgh2345";
    const { ports } = site.cluster.cluster.config;
    // Requeued once before: its run's keys are those of the second.
    const { keyPem, secret } = deriveSessionKeys(site.masterKey, id, 1);
    const app = await startSessionApp(keyPem, derivePorts(site.masterKey, id, ports).slice(2));
    apps.push(app);
    const comment = JSON.stringify({ fairway: { user: "alice", name: "", app: "noop", profile: "small" } });
    const job = site.cluster.add({ name: `${PREFIX}${id}`, user: "alice", comment, restarts: 1, submittedAt: site.now() - 60_000 });
    site.cluster.run(job.id);
    hub = site.start();
    await site.waitFor(id, { state: "starting", jobId: job.id, restarts: 1 });
    await hub.stop();
    site.jump(20_000);
    hub = site.start();
    await site.waitFor(id, { state: "ready", port: app.port, enrolledRestarts: 1 });
    expect(app.requests[0]?.headers["x-fairway-secret"]).toBe(secret);
  });
});

describe("jobs of ours that no row knows", () => {
  const comment = (user: string, name = "") => JSON.stringify({ fairway: { user, name, app: "noop", profile: "small" } });

  test("are taken in, each for the person it runs as; forged ones are not", async () => {
    await hub.stop();
    site.cluster.add({ name: `${PREFIX}aaaaaaaaaaaa`, user: "alice", comment: comment("alice", "one") });
    site.cluster.add({ name: `${PREFIX}bbbbbbbbbbbb`, user: "bob", comment: comment("alice", "two") });
    site.cluster.add({ name: `${PREFIX}cccccccccccc`, user: "bob", comment: "not ours" });
    hub = site.start();
    await site.waitFor("aaaaaaaaaaaa", { state: "pending", user: "alice", name: "one" });
    await launch("after");
    expect(await site.store.sessions.get("bbbbbbbbbbbb")).toBeNull();
    expect(await site.store.sessions.get("cccccccccccc")).toBeNull();
  });

  test("in any number and under any name: the hub goes on", async () => {
    await hub.stop();
    // The same slot, and the same slot beside it: the third has no place at all.
    for (const id of ["aaaaaa222222", "aaaaaa333333", "aaaaaa444444"])
      site.cluster.add({ name: `${PREFIX}${id}`, user: "bob", comment: comment("bob") });
    hub = site.start();
    const id = await launch();
    await site.waitFor(id, { state: "pending" });
    await site.waitFor("aaaaaa333333", { name: "found-aaaaaa" });
    expect(await site.store.sessions.get("aaaaaa444444")).toBeNull();
  });

  test("of a session that was stopped, and that we may not end: said once, and everybody's are not asked for again", async () => {
    const { id } = await launchReady();
    await hub.stop();
    await site.store.sessions.update(id, "ready", { state: "ended", reason: "stopped", stopReason: "stopped", endedAt: site.now() }, null);
    site.cluster.faults.cancel = "refused";
    const before = site.cluster.queries.length;
    hub = site.start();
    await vi.waitFor(() => expect(site.cluster.queries.length).toBeGreaterThan(before + 3), { timeout: 20_000 });
    expect(site.cluster.queries.slice(before).filter(({ users }) => users === null)).toHaveLength(1);
    expect(hub.log.join("")).toContain("this gateway may not end it");
  });

  test("of a session that was stopped: the stop is carried out; where that fails, launches go on and the cluster counts as answering", async () => {
    const { id, jobId } = await launchReady();
    await hub.stop();
    await site.store.sessions.update(id, "ready", { state: "ended", reason: "stopped", stopReason: "stopped", endedAt: site.now() }, null);
    site.cluster.faults.cancel = "fails";
    hub = site.start();
    await site.waitFor(await launch("next"), { state: "pending" });
    expect(site.cluster.cluster.health.awaySince).toBeNull();
    site.cluster.faults.cancel = "works";
    await vi.waitFor(() => expect(site.cluster.job(jobId).state).toBe("cancelled"), { timeout: 20_000 });
  });
});

describe("after a change of the configuration", () => {
  test("a session of a cluster that is no more says so, and a stop frees its name", async () => {
    const { id } = await launchReady();
    await hub.stop();
    hub = site.start({ hasCluster: false });
    const shown = await hub.sessions.get(alice, id);
    expect(shown.next).toContain("no longer has the cluster main");
    expect(await hub.routes.snapshot()).toMatchObject([{ sessionId: id, upstream: null }]);
    expect(await hub.sessions.stop(alice, id)).toMatchObject({ state: "ended", reason: "stopped" });
    await hub.stop();
    // It comes back, and the job still runs: the stop is carried out.
    hub = site.start();
    await vi.waitFor(() => expect(site.cluster.cancelled).toEqual(["100"]), { timeout: 20_000 });
  });
});

test("a listener that throws does not keep the others from hearing, nor the session from going on", async () => {
  hub.changes.onChange(() => {
    throw new Error("a broken stream");
  });
  const { id } = await launchReady();
  await site.waitFor(id, { state: "ready" });
  expect(hub.log.join("")).toContain("a broken stream");
});

test("nothing is left behind: no watch, no listener, no timer that keeps the process", async () => {
  for (const name of ["", "b", "c"]) await hub.sessions.stop(alice, await launch(name));
  await vi.waitFor(async () => expect(await site.store.sessions.countOpen("alice")).toBe(0), { timeout: 20_000 });
  await hub.stop();
  expect(process.getActiveResourcesInfo().filter((kind) => kind === "TLSSocketWrap" || kind === "TCPSocketWrap")).toEqual([]);
});

test("many sessions at once: each is sent once, few at a time, and all come through", async () => {
  const people = Array.from({ length: 60 }, (_, index) => person(`user${index}`));
  const ids = await Promise.all(people.map(async (actor) => (await hub.sessions.launch(actor, { profile: "small", name: "" })).id));
  for (const id of ids) await site.waitFor(id, { state: "pending" });
  expect(site.cluster.submissions).toBe(60);
  expect(new Set(site.cluster.jobs.map((job) => job.name)).size).toBe(60);
});
