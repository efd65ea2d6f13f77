/**
 * What every scheduler adapter must do, as one suite: run against the real local processes and, on the
 * testbed, against real Slurm. The job is the no-op app, which waits for a gateway that is not there.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { ActAs, Exec } from "../../transports/types.ts";
import { FolderRefused, type Job, type JobRequest, type JobState, type Scheduler, SubmitRefused } from "../types.ts";

export interface Harness {
  readonly scheduler: Scheduler;
  readonly exec: Exec;
  readonly actAs: ActAs;
  readonly user: string;
  /** The account that jobs run as. */
  readonly account: string;
}

export const patient = { timeoutMs: 30_000 };
const token = "T".repeat(43);
const alphabet = "abcdefghijklmnopqrstuvwxyz23456789";

export function makeSessionId(): string {
  return Array.from({ length: 12 }, () => alphabet[Math.floor(Math.random() * alphabet.length)]).join("");
}

export function makeRequest(user: string, changes: Partial<JobRequest> = {}): JobRequest {
  const sessionId = changes.sessionId ?? makeSessionId();
  return {
    user,
    jobName: `fairway-${sessionId}`,
    sessionId,
    app: "noop",
    resources: {
      cpus: 1,
      memoryBytes: 64 * 2 ** 20,
      gpus: null,
      timeLimitSeconds: 600,
      partition: null,
      account: null,
      qos: null,
      reservation: null,
    },
    workingDirectory: null,
    comment: JSON.stringify({ fairway: { user, name: "" } }),
    ...changes,
    values: {
      FAIRWAY_SESSION: sessionId,
      FAIRWAY_APP: changes.app ?? "noop",
      FAIRWAY_ENROL_TOKEN: token,
      FAIRWAY_ENROL_URL: "https://127.0.0.1:9/jobs",
      FAIRWAY_CA: "system",
      FAIRWAY_PORTS: "20001 20002",
      FAIRWAY_BASE_URL: `/user/${user}/`,
      FAIRWAY_ADDRESS: "loopback",
      FAIRWAY_TLS: "1",
      ...changes.values,
    },
  };
}

/** Within which a test says itself what did not come. */
const PATIENCE_MS = 50_000;

/** Lists until the job is in one of these states. */
export async function waitForState(harness: Harness, jobName: string, states: readonly JobState[]): Promise<Job> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const { jobs } = await harness.scheduler.list(harness.exec, { namePrefix: jobName, users: [harness.account] }, patient);
    const job = jobs.find((candidate) => candidate.name === jobName);
    if (job !== undefined && states.includes(job.state)) return job;
    if (Date.now() > deadline) throw new Error(`${jobName} is ${job?.state ?? "not there"}, not ${states.join(" or ")}`);
    await sleep(200);
  }
}

export function testSchedulerContract(getHarness: () => Harness): void {
  test("a job that was submitted is found by its name and owner, runs, and is cancelled", async () => {
    const harness = getHarness();
    const { scheduler, actAs, exec, user, account } = harness;
    const request = makeRequest(user);
    const id = await scheduler.submit(actAs, request, patient);
    const running = await waitForState(harness, request.jobName, ["running"]);
    expect(running).toMatchObject({ id, name: request.jobName, user: account, pendingReason: null, restarts: 0, exitCode: null });
    expect(running.node).toMatch(/^\w/);
    expect(running.startedAt).toBeGreaterThanOrEqual(running.submittedAt ?? Number.NaN);
    expect(running.endsAt).toBe((running.startedAt ?? Number.NaN) + 600_000);

    // The number alone does not tell which job: a controller that lost its state counts anew.
    if (scheduler.id === "slurm") {
      await scheduler.cancel(actAs, user, { id, name: `${request.jobName}-other` }, patient);
      expect(await waitForState(harness, request.jobName, ["running"])).toMatchObject({ id });
    }
    await scheduler.cancel(actAs, user, { id, name: request.jobName }, patient);
    const ended = await waitForState(harness, request.jobName, ["cancelled", "failed"]);
    expect(ended.id).toBe(id);
    await scheduler.cancel(actAs, user, { id, name: request.jobName }, patient); // idempotent
    const query = { jobIds: [], jobNames: [request.jobName], sinceMs: Date.now() - 3_600_000 };
    const past = (await scheduler.history(exec, query, patient)) ?? [];
    expect(past.map((job) => [job.id, job.name, job.user])).toEqual([[id, request.jobName, account]]);
  });

  test("the list has only what was asked for; everybody's has the comment, too", async () => {
    const { scheduler, actAs, exec, user, account } = getHarness();
    const request = makeRequest(user);
    const id = await scheduler.submit(actAs, request, patient);
    const list = async (namePrefix: string, users: readonly string[] | null) =>
      (await scheduler.list(exec, { namePrefix, users }, patient)).jobs.filter((job) => job.id === id);
    expect(await list("fairway-", [account, "nobody"])).toHaveLength(1);
    expect(await list("other-", [account])).toEqual([]);
    expect(await list("fairway-", ["nobody"])).toEqual([]);
    expect(await list("fairway-", [])).toEqual([]);
    expect((await list("fairway-", null))[0]?.comment).toBe(request.comment);
    await scheduler.cancel(actAs, user, { id, name: request.jobName }, patient);
  });

  test("the log is read in pieces; a job that never was has none", async () => {
    const harness = getHarness();
    const { scheduler, actAs, user } = harness;
    const request = makeRequest(user);
    const id = await scheduler.submit(actAs, request, patient);
    let slice = await scheduler.readLog(actAs, user, request.sessionId, 0, patient);
    const deadline = Date.now() + PATIENCE_MS;
    while (!slice.text.includes("starting noop")) {
      expect(Date.now(), `it has told that it starts: ${slice.text}`).toBeLessThan(deadline);
      await sleep(200);
      slice = await scheduler.readLog(actAs, user, request.sessionId, 0, patient);
    }
    const rest = await scheduler.readLog(actAs, user, request.sessionId, 5, patient);
    expect(rest.text.startsWith(slice.text.slice(5))).toBe(true);
    expect(rest.nextOffset).toBeLessThanOrEqual(rest.sizeBytes);
    expect(slice.text).not.toContain(token);
    expect(await scheduler.readLog(actAs, user, makeSessionId(), 0, patient)).toMatchObject({ exists: false, text: "", sizeBytes: 0 });
    await scheduler.cancel(actAs, user, { id, name: request.jobName }, patient);
  });

  test("what is refused was not submitted, and says why", async () => {
    const { scheduler, actAs, exec, user } = getHarness();
    for (const changes of [{ app: "no-such-app" }, { values: { FAIRWAY_OTHER: "x" } }, { comment: "two\nlines" }]) {
      const request = makeRequest(user, changes);
      const error = await scheduler.submit(actAs, request, patient).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(SubmitRefused);
      expect((error as SubmitRefused).detail).toMatch(/\w/);
      expect(await scheduler.list(exec, { namePrefix: request.jobName, users: null }, patient)).toEqual({ jobs: [], unknownUsers: [] });
    }
  });

  test("a folder is listed as the person sees it", async () => {
    const { scheduler, actAs, user } = getHarness();
    const home = await scheduler.listFiles(actAs, user, "", patient);
    expect(home.path).toMatch(/^\//);
    expect((await scheduler.listFiles(actAs, user, home.path, patient)).path).toBe(home.path);
    for (const path of ["/nonexistent", "relative"])
      await expect(scheduler.listFiles(actAs, user, path, patient)).rejects.toThrow(FolderRefused);
  });

  test("the version is told", async () => {
    const { scheduler, exec } = getHarness();
    expect(await scheduler.version(exec, patient)).toMatch(/^\w/);
  });
}
