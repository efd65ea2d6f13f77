/** What Slurm tells of itself, over real answers of four versions given by programs on PATH. */
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createExec } from "../../transports/local/exec.ts";
import { makeRecordingPrograms, type RecordingPrograms } from "../../transports/testing/recording-programs.ts";
import type { ActAs } from "../../transports/types.ts";
import { makeRequest, patient } from "../testing/contract.ts";
import { type SchedulerInsight, SchedulerUnavailable } from "../types.ts";
import { createSlurmInsight } from "./insight.ts";

const named = (id: string) => ({ id, name: `fw-${id}` });

const NONCE = "0f1e2d3c4b5a";
const exec = createExec();
let programs: RecordingPrograms;
let insight: SchedulerInsight;

beforeEach(() => {
  programs = makeRecordingPrograms();
  insight = createSlurmInsight({ path: `${programs.directory}:/usr/bin:/bin` });
});
afterEach(() => programs.remove());

const actAs: ActAs = (_user, verb, options) =>
  exec(
    { argv: ["sbatch", verb.verb, ...("options" in verb ? verb.options : [])], env: { PATH: `${programs.directory}:/usr/bin:/bin` } },
    options,
  );

/** All programs as they answered on a cluster of that version, in the separators of this very call. */
function answerAll(version: string): void {
  const path = (name: string) => `'${fileURLToPath(new URL(`fixtures/${version}/${name}`, import.meta.url))}'`;
  const nonce = `nonce=$(printf '%s' "$*" | sed -n "s/[^$(printf '\\037')]*$(printf '\\037')\\([0-9a-f]*\\).*/\\1/p" | head -n 1)`;
  const choose = (...cases: [string, string][]) =>
    `case "$*" in ${cases.map(([words, file]) => `*${words}*) cat ${path(`${file}.txt`)} ;;`).join(" ")} *) exit 9 ;; esac`;
  programs.add(
    "scontrol",
    choose(
      ["'show config'", "config"],
      ["'show partition'", "partitions"],
      ["'show node'", "nodes"],
      ["'show reservation'", "reservations"],
    ),
  );
  programs.add("sacctmgr", choose(["'show user'", "associations"], ["'show assoc'", "accounts"], ["'show qos'", "qos"]));
  programs.add("squeue", `${nonce}; sed "s/${NONCE}/$nonce/g" ${path("pending.txt")}`);
  programs.add("sacct", `${nonce}; sed "s/${NONCE}/$nonce/g" ${path("usage.txt")}`);
  programs.add("sbatch", `cat ${path("trial-now.stderr")} >&2`);
}

describe.each(["20.11", "22.05", "24.11", "26.05"])("Slurm %s", (version) => {
  test("rules, in as few calls", async () => {
    answerAll(version);
    const rules = await insight.rules(exec, patient);
    expect(rules).toMatchObject({ enforcesQos: true, accountParents: { sub: "physics" } });
    expect(rules).not.toHaveProperty("isAccountingAway");
    expect([rules.partitions.length, rules.qos.length, rules.reservations.length]).toEqual([3, 4, 2]);
    expect(rules.qos[2]).not.toHaveProperty("preempts");
    expect(rules.associations?.filter(({ user }) => user === "bob")).toHaveLength(3);
    expect([programs.calls("scontrol").length, programs.calls("sacctmgr").length]).toEqual([3, 3]);
    expect(programs.calls("sacctmgr")[1]?.argv).toContain("cluster=sched");
    expect(programs.calls("scontrol")[0]?.env).toMatchObject({ SLURM_TIME_FORMAT: "%s" });
  });

  test("slurmdbd away: the partitions are told all the same, and nobody is refused", async () => {
    answerAll(version);
    const file = fileURLToPath(new URL(`fixtures/${version}/dbd-away-sacctmgr.stderr`, import.meta.url));
    programs.add("sacctmgr", `cat '${file}' >&2; exit 1`);
    const rules = await insight.rules(exec, patient);
    expect(rules).toMatchObject({ associations: null, qos: [], isAccountingAway: true });
    expect(rules.partitions).toHaveLength(3);
  });

  test("the present: two calls, whatever is asked for", async () => {
    answerAll(version);
    const { nodes, pending } = await insight.present(exec, patient);
    expect([nodes.length, pending.length > 7]).toEqual([2, true]);
    expect([programs.calls("scontrol").length, programs.calls("squeue").length]).toEqual([1, 1]);
  });

  test("a trial as the person, and usage of many jobs in one call", async () => {
    answerAll(version);
    expect(await insight.trial(actAs, makeRequest("alice"), patient)).toMatchObject({ kind: "would-start" });
    expect(programs.calls("sbatch")[0]?.argv[0]).toBe("trial");
    expect(await insight.usage(exec, ["1", "2", "3"].map(named), patient)).toHaveLength(3);
    expect(programs.calls("sacct").map(({ argv }) => argv.slice(-2))).toEqual([["--jobs=1,2,3", "--name=fw-1,fw-2,fw-3"]]);
  });

  test("slurmctld away is away, for each of them", async () => {
    answerAll(version);
    for (const [program, file] of [
      ["scontrol", "away-squeue.stderr"],
      ["sbatch", "away-test-only.stderr"],
      ["sacct", "dbd-away-sacct.stderr"],
    ]) {
      const path = fileURLToPath(new URL(`fixtures/${version}/${file}`, import.meta.url));
      programs.add(program ?? "", `cat '${path}' >&2; exit 1`);
    }
    await expect(insight.rules(exec, patient)).rejects.toThrow(SchedulerUnavailable);
    await expect(insight.present(exec, patient)).rejects.toThrow(SchedulerUnavailable);
    await expect(insight.trial(actAs, makeRequest("alice"), patient)).rejects.toThrow(SchedulerUnavailable);
    await expect(insight.usage(exec, [named("1")], patient)).rejects.toThrow(SchedulerUnavailable);
  });
});

/** The configuration with these settings instead. */
function configure(settings: Readonly<Record<string, string>>): void {
  answerAll("24.11");
  const edits = Object.entries(settings).map(([key, value]) => `-e 's|^${key} .*|${key} = ${value}|'`);
  const fixture = (name: string) => fileURLToPath(new URL(`fixtures/24.11/${name}.txt`, import.meta.url));
  programs.add(
    "scontrol",
    `case "$*" in *config*) sed ${edits.join(" ")} '${fixture("config")}' ;; *partition*) sed s/PreemptMode=OFF/PreemptMode=REQUEUE/ '${fixture("partitions")}' ;; *) echo No reservations in the system ;; esac`,
  );
}

test("limits that are not enforced are not told; who may use what, is", async () => {
  configure({ AccountingStorageEnforce: "associations" });
  const rules = await insight.rules(exec, patient);
  expect(rules.enforcesQos).toBe(false);
  expect(rules.associations?.find(({ user }) => user === "alice")).toMatchObject({
    account: "physics",
    maxWallSeconds: null,
    maxTresPerJob: {},
  });
  expect(rules.qos.every(({ maxWallSeconds, maxJobsPerUser }) => maxWallSeconds === null && maxJobsPerUser === null)).toBe(true);
});

test("a site that enforces nothing, or keeps no accounts", async () => {
  configure({ AccountingStorageEnforce: "none" });
  expect(await insight.rules(exec, patient)).toMatchObject({ associations: null, enforcesQos: false });
  configure({ AccountingStorageEnforce: "none", AccountingStorageType: "accounting_storage/none" });
  const asked = programs.calls("sacctmgr").length;
  expect(await insight.rules(exec, patient)).toMatchObject({ associations: null, qos: [] });
  expect(programs.calls("sacctmgr").length).toBe(asked);
  programs.add("sacct", 'echo "Slurm accounting storage is disabled" >&2; exit 1');
  expect(await insight.usage(exec, [named("1")], patient)).toBeNull();
});

test.each([
  ["preempt/none", [false, false, false]],
  ["preempt/qos", [true, true, true]],
  ["preempt/partition_prio", [false, false, false]],
])("who may be preempted by %s", async (preemptType, expected) => {
  configure({ PreemptType: preemptType });
  const { partitions } = await insight.rules(exec, patient);
  expect(partitions.map(({ isPreemptable }) => isPreemptable)).toEqual(expected);
});

test("an extension is told to the operator in whole minutes", () => {
  expect(insight.buildExtendArguments("12", "fw-a-b", 90)).toEqual(["extend", "12", "fw-a-b", "90"]);
});
