import { expect, test } from "vitest";
import { makeRequest } from "../testing/contract.ts";
import { buildHistoryCommands, buildQueueCommand, buildSubmitOptions, makeSeparators } from "./commands.ts";

const separators = makeSeparators("nonce");

test("a request becomes sbatch's options, only those that were asked for", () => {
  const base = makeRequest("alice");
  const resources = {
    ...{ cpus: 4, memoryBytes: 3 * 2 ** 30 + 1, gpus: { type: "a100", count: 2 }, timeLimitSeconds: 90_061 },
    ...{ partition: "gpu", account: "physics", qos: "high", reservation: null },
  };
  expect(buildSubmitOptions({ ...base, resources, workingDirectory: "/home/alice/x y" })).toEqual([
    ...[
      `--job-name=${base.jobName}`,
      "--nodes=1",
      "--ntasks=1",
      "--cpus-per-task=4",
      "--mem=3073M",
      "--gres=gpu:a100:2",
      "--time=25:01:01",
    ],
    ...["--partition=gpu", "--account=physics", "--qos=high", "--chdir=/home/alice/x y", "--signal=B:USR1@60", `--comment=${base.comment}`],
  ]);
  const none = {
    cpus: 1,
    memoryBytes: null,
    gpus: null,
    timeLimitSeconds: null,
    partition: null,
    account: null,
    qos: null,
    reservation: null,
  };
  expect(buildSubmitOptions({ ...base, resources: none })).toEqual([
    ...[`--job-name=${base.jobName}`, "--nodes=1", "--ntasks=1", "--cpus-per-task=1", "--signal=B:USR1@60", `--comment=${base.comment}`],
  ]);
});

test("one squeue for all, ended jobs and hidden partitions included; comments only when everybody is asked for", () => {
  const some = buildQueueCommand({ namePrefix: "fairway-", users: ["alice", "bob"] }, separators, {
    path: "/opt/slurm/bin:/usr/bin",
    slurmConf: "/x",
  });
  expect(some.argv.slice(0, 4)).toEqual(["squeue", "--noheader", "--all", "--states=all"]);
  expect(some.argv.at(-1)).toBe("--user=alice,bob");
  expect(some.argv.join()).not.toContain("Comment");
  expect(some.env).toEqual({ LANG: "C", SLURM_TIME_FORMAT: "%s", PATH: "/opt/slurm/bin:/usr/bin", SLURM_CONF: "/x" });
  const all = buildQueueCommand({ namePrefix: "fairway-", users: null }, separators, {});
  expect(all.argv.at(-1)).toMatch(/^--Format=JobID:20\x1fnonce,.*,Comment:1000\x1enonce$/);
  expect(all.env).toEqual({ LANG: "C", SLURM_TIME_FORMAT: "%s" });
});

test("the history is asked by ids without, by names with a window of time", () => {
  const [byIds, byNames, ...more] = buildHistoryCommands(
    { jobIds: ["1", "2"], jobNames: ["fairway-a"], sinceMs: 1_700_000_000_999 },
    separators,
    {},
  );
  expect(more).toEqual([]);
  expect(byIds?.argv.at(-1)).toBe("--jobs=1,2");
  expect(byNames?.argv.slice(-2)).toEqual(["--name=fairway-a", "--starttime=uts1700000000"]);
  expect(buildHistoryCommands({ jobIds: [], jobNames: [], sinceMs: 0 }, separators, {})).toEqual([]);
});
