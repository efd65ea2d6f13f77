import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Job, SchedulerUnavailable } from "../types.ts";
import { makeSeparators } from "./commands.ts";
import { parseHistory, parseQueue, parseVersion, toFirstNode } from "./parse.ts";

const separators = makeSeparators("0f1e2d3c4b5a");
const versions = ["20.11", "22.05", "24.11", "26.05"];
const read = (version: string, file: string) => readFileSync(new URL(`fixtures/${version}/${file}`, import.meta.url), "utf8");

/** By our names of them. */
function jobsOf(version: string, jobs: readonly Job[]): Readonly<Record<string, Job | undefined>> {
  const ids = JSON.parse(read(version, "jobs.json")) as Readonly<Record<string, string>>;
  return Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, jobs.find((job) => job.id === id)]));
}

describe.each(versions)("squeue of %s", (version) => {
  const all = parseQueue(read(version, "squeue-all.txt"), separators, "fairway-");
  const jobs = jobsOf(version, all);

  test("states are told in our words", () => {
    const states = Object.fromEntries(Object.entries(jobs).map(([name, job]) => [name, job?.state]));
    expect(states).toEqual({
      timeout: "timeout",
      running: "running",
      completed: "completed",
      failed: "failed",
      signal: "failed",
      cancelled: "cancelled",
      held: "held",
      begin: "pending",
      big: "pending",
      odd: "running",
      suspended: "suspended",
      requeued: "pending",
      special: "held",
      stubborn: "cancelled",
      other: undefined, // its name is not one of ours
    });
  });

  test("a running job has a node, a start and an end, and its comment", () => {
    expect(jobs.running).toMatchObject({
      name: "fairway-running",
      user: "alice",
      rawState: "RUNNING",
      node: "c1",
      pendingReason: null,
      exitCode: null,
    });
    expect(jobs.running?.comment).toBe('{"fairway":{"user":"alice","name":""}}');
    const { submittedAt, startedAt, endsAt } = jobs.running ?? {};
    expect(submittedAt).toBeGreaterThan(1_700_000_000_000);
    expect(startedAt).toBeGreaterThanOrEqual(submittedAt ?? Number.NaN);
    expect(endsAt).toBe((startedAt ?? 0) + 300_000);
  });

  test("what waits has a reason, and neither node nor start: those are estimates", () => {
    const nowhere = { node: null, startedAt: null, endsAt: null, exitCode: null };
    expect(jobs.big).toMatchObject({ pendingReason: "Resources", ...nowhere });
    expect(jobs.begin).toMatchObject({ pendingReason: "BeginTime", ...nowhere });
    expect(jobs.held).toMatchObject({ pendingReason: "JobHeldUser", ...nowhere });
  });

  test("a requeued job is the same id with another submit time and a higher restart count", () => {
    expect(jobs.requeued).toMatchObject({ restarts: 1, pendingReason: "BeginTime", node: null });
    expect(jobs.requeued?.submittedAt).toBeGreaterThan(jobs.suspended?.submittedAt ?? Number.NaN);
    expect(jobs.running?.restarts).toBe(0);
  });

  test("exit codes are told for what ended", () => {
    expect([jobs.completed?.exitCode, jobs.failed?.exitCode, jobs.signal?.exitCode]).toEqual([0, 3, 137]);
  });

  test("a name or comment made to look like a record forges none", () => {
    const ids = JSON.parse(read(version, "jobs.json")) as Readonly<Record<string, string>>;
    expect(all.filter((job) => job.id === ids.running)).toHaveLength(1);
    expect(jobs.odd?.name).toMatch(/^fairway-odd\n\d+\x1ffairway-odd\x1fbob$/);
    expect(jobs.odd?.user).toBe("bob");
  });

  test("a list for named people has the same jobs, without comments", () => {
    const some = parseQueue(read(version, "squeue-users.txt"), separators, "fairway-");
    expect(some.map((job) => job.id).sort()).toEqual(all.map((job) => job.id).sort());
    expect(some.every((job) => job.comment === null)).toBe(true);
  });

  test("nothing is an answer, too", () => {
    expect(parseQueue(read(version, "squeue-none.txt"), separators, "fairway-")).toEqual([]);
  });

  test("an answer that was cut anywhere is no answer, unless it is cut between two jobs", () => {
    const whole = read(version, "squeue-users.txt");
    const ends = new Set([...whole.matchAll(/\x1e0f1e2d3c4b5a\n/g)].map((match) => match.index + match[0].length));
    for (let length = 1; length < whole.length; length += 7) {
      if (ends.has(length)) continue;
      expect(() => parseQueue(whole.slice(0, length), separators, "fairway-")).toThrow(SchedulerUnavailable);
    }
  });

  test("the history tells how they ended", () => {
    const past = jobsOf(version, parseHistory(read(version, "sacct-ids.txt"), separators));
    expect(past.timeout).toMatchObject({ state: "timeout", user: "alice", node: "c1" });
    expect(past.failed).toMatchObject({ state: "failed", exitCode: 3, user: "bob" });
    expect(past.signal).toMatchObject({ state: "failed", exitCode: 137 });
    expect(past.cancelled).toMatchObject({ state: "cancelled" });
    expect(past.cancelled?.rawState).toMatch(/^CANCELLED by \d+$/);
    expect(past.running).toMatchObject({ state: "running", endsAt: null, exitCode: null });
    expect(past.held).toMatchObject({ node: null, startedAt: null });
    const byName = parseHistory(read(version, "sacct-names.txt"), separators);
    expect(byName.map((job) => job.name).sort()).toEqual(["fairway-failed", "fairway-running"]);
  });

  test("the version is told", () => {
    expect(parseVersion(read(version, "version.txt"))).toMatch(new RegExp(`^${version.replace(".", "\\.")}\\.\\d+$`));
  });
});

test.each(["slurm_load_jobs error\n", "<html>", "\0", "\x1f0f1e2d3c4b5a\x1e0f1e2d3c4b5a\n", "1 2 3\n"])(
  "garbage is no answer: %j",
  (garbage) => {
    expect(() => parseQueue(garbage, separators, "fairway-")).toThrow(SchedulerUnavailable);
    expect(() => parseHistory(garbage, separators)).toThrow(SchedulerUnavailable);
    expect(() => parseVersion(garbage)).toThrow(SchedulerUnavailable);
  },
);

test.each([
  ["d1", "d1"],
  ["d[1-2]", "d1"],
  ["d[08-10,12]-ib", "d08-ib"],
  ["a,b[1-3]", "a"],
  ["(null)", null],
  ["None assigned", null],
  ["", null],
])("the first node of %s is %s", (list, node) => {
  expect(toFirstNode(list)).toBe(node);
});
