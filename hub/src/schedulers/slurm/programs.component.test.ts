/** The Slurm adapter over real answers of four versions, given by programs on PATH. */
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createExec } from "../../transports/local/exec.ts";
import { makeRecordingPrograms, type RecordingPrograms } from "../../transports/testing/recording-programs.ts";
import type { ActAs } from "../../transports/types.ts";
import { createScheduler } from "../index.ts";
import { makeRequest, patient } from "../testing/contract.ts";
import { CancelRefused, type Scheduler, SchedulerUnavailable, SubmitRefused } from "../types.ts";

const NONCE = "0f1e2d3c4b5a";
const exec = createExec();
let programs: RecordingPrograms;
let scheduler: Scheduler;

beforeEach(() => {
  programs = makeRecordingPrograms();
  scheduler = createScheduler("slurm", { launcher: "/unused", stateDir: "/unused", path: `${programs.directory}:/usr/bin:/bin` });
});
afterEach(() => programs.remove());

/** Answers with a fixture, in the separators of this call: the nonce stands behind \x1f in the argv. */
function answer(program: string, version: string, file: string, { exitCode = 0, stderr = "" } = {}): void {
  const path = (name: string) => fileURLToPath(new URL(`fixtures/${version}/${name}`, import.meta.url));
  const nonce = `nonce=$(printf '%s' "$*" | sed -n "s/[^$(printf '\\037')]*$(printf '\\037')\\([0-9a-f]*\\).*/\\1/p" | head -n 1)`;
  const out = file === "" ? ":" : `sed "s/${NONCE}/$nonce/g" '${path(file)}'`;
  programs.add(program, `${nonce}\n${out}\n${stderr === "" ? ":" : `cat '${path(stderr)}' >&2`}\nexit ${exitCode}`);
}

/** The launcher's part: what sbatch and scancel say, without sudo. */
const actAs: ActAs = (_user, verb, options) => {
  const argv =
    verb.verb === "submit" ? (["sbatch", ...verb.options] as const) : (["scancel", verb.verb === "cancel" ? verb.jobId : ""] as const);
  return exec({ argv, env: { PATH: `${programs.directory}:/usr/bin:/bin` } }, options);
};

describe.each(["20.11", "22.05", "24.11", "26.05"])("Slurm %s", (version) => {
  test("one squeue lists; an unknown user among those asked for hides nobody, and is told: nobody asked about theirs", async () => {
    answer("squeue", version, "squeue-users.txt", { stderr: "squeue-users.stderr" });
    const { jobs, unknownUsers } = await scheduler.list(exec, { namePrefix: "fairway-", users: ["alice", "nosuch"] }, patient);
    expect(unknownUsers).toEqual(["nosuch"]);
    expect(jobs.length).toBeGreaterThan(5);
    expect(new Set(jobs.map((job) => job.user))).toEqual(new Set(["alice"]));
    expect(programs.calls("squeue")).toHaveLength(1);
    expect(programs.calls("squeue")[0]?.env).toMatchObject({ SLURM_TIME_FORMAT: "%s" });
  });

  test("every call has another nonce", async () => {
    answer("squeue", version, "squeue-none.txt");
    const none = { jobs: [], unknownUsers: [] };
    for (let call = 0; call < 2; call++) expect(await scheduler.list(exec, { namePrefix: "", users: ["carol"] }, patient)).toEqual(none);
    const [first, second] = programs.calls("squeue");
    expect(first?.argv).not.toEqual(second?.argv);
  });

  test("history comes from sacct; null where no accounting is kept", async () => {
    answer("sacct", version, "sacct-ids.txt");
    const query = { jobIds: ["1"], jobNames: ["fairway-a"], sinceMs: 0 };
    expect((await scheduler.history(exec, query, patient))?.length).toBeGreaterThan(5);
    programs.add("sacct", 'echo "Slurm accounting storage is disabled" >&2; exit 1');
    expect(await scheduler.history(exec, query, patient)).toBeNull();
  });

  test("away is away, for each of them", async () => {
    answer("squeue", version, "", { exitCode: 1, stderr: "away-squeue.stderr" });
    await expect(scheduler.list(exec, { namePrefix: "", users: null }, patient)).rejects.toThrow(/Unable to contact slurm controller/);
    answer("squeue", version, "", { exitCode: 1, stderr: "munge-away-squeue.stderr" });
    await expect(scheduler.list(exec, { namePrefix: "", users: null }, patient)).rejects.toThrow(SchedulerUnavailable);
    answer("sacct", version, "", { exitCode: 1, stderr: "dbd-away-sacct.stderr" });
    await expect(scheduler.history(exec, { jobIds: ["1"], jobNames: [], sinceMs: 0 }, patient)).rejects.toThrow(SchedulerUnavailable);
    answer("sbatch", version, "", { exitCode: 1, stderr: "away-sbatch.stderr" });
    await expect(scheduler.submit(actAs, makeRequest("alice"), patient)).rejects.toThrow(SchedulerUnavailable);
    answer("scancel", version, "", { exitCode: 8, stderr: "away-scancel.stderr" });
    await expect(scheduler.cancel(actAs, "alice", { id: "1", name: "fw-x" }, patient)).rejects.toThrow(SchedulerUnavailable);
  });

  test("cancel: an unknown or ended job is success, another's is not", async () => {
    answer("scancel", version, "", { exitCode: 1, stderr: "scancel-unknown-v.stderr" });
    await scheduler.cancel(actAs, "alice", { id: "999999", name: "fw-x" }, patient);
    answer("scancel", version, "", { exitCode: 210, stderr: "scancel-other.stderr" });
    await expect(scheduler.cancel(actAs, "alice", { id: "9", name: "fw-x" }, patient)).rejects.toThrow(/denied/);
  });

  test.each([
    [100, "fairway launcher: not in an allowed group (hpc)", /not in an allowed group/],
    [1, "sudo: a password is required", /may not act as this person/],
  ])("cancel: that we may not act as this person is a refusal, not silence (exit code %d)", async (exitCode, words, expected) => {
    programs.add("scancel", `echo '${words}' >&2; exit ${exitCode}`);
    const error = await scheduler.cancel(actAs, "alice", { id: "9", name: "fw-x" }, patient).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(CancelRefused);
    expect((error as CancelRefused).detail).toMatch(expected);
  });

  test("a refusal is told in Slurm's own sentence", async () => {
    answer("sbatch", version, "", { exitCode: 1, stderr: "sbatch-refused-account.stderr" });
    const error = await scheduler.submit(actAs, makeRequest("alice"), patient).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(SubmitRefused);
    expect((error as SubmitRefused).detail).toBe("Invalid account or account/partition combination specified");
  });
});

test.each([
  ["4711", "4711"],
  ["4711;cluster1", "4711"],
  ["a plugin says hello\n4711", "4711"],
])("sbatch's %j is job %s", async (said, id) => {
  programs.add("sbatch", `printf '%s\\n' '${said}'`);
  expect(await scheduler.submit(actAs, makeRequest("alice"), patient)).toBe(id);
});

test("sbatch that succeeds without telling an id leaves it open", async () => {
  programs.add("sbatch", "echo fine");
  await expect(scheduler.submit(actAs, makeRequest("alice"), patient)).rejects.toThrow(SchedulerUnavailable);
});

test("no programs at all is 'could not ask'", async () => {
  const query = { namePrefix: "", users: null };
  const nowhere = createScheduler("slurm", { launcher: "/unused", stateDir: "/unused", path: "/nonexistent" });
  await expect(nowhere.list(exec, query, patient)).rejects.toThrow(SchedulerUnavailable);
  programs.add("squeue", "sleep 60");
  await expect(scheduler.list(exec, query, { timeoutMs: 200 })).rejects.toThrow(/timeout/);
  const abort = AbortSignal.abort();
  await expect(scheduler.list(exec, query, { ...patient, signal: abort })).rejects.toThrow(SchedulerUnavailable);
});
