/**
 * What we say would be refused, beside what a real Slurm says: each refusal of ours is one of Slurm's, or
 * a job that it takes and never starts; each acceptance of ours is a job that starts. No third thing.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Resources } from "@fairway/contract/sessions.ts";
import { type Testbed, upTestbed } from "@fairway/testbed/index.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Present, Rules } from "../schedulers/facts.ts";
import { createScheduler } from "../schedulers/index.ts";
import { buildSubmitOptions } from "../schedulers/slurm/commands.ts";
import type { Exec } from "../transports/types.ts";
import { findRefusals } from "./refusals.ts";

const HOUR = 3600;
const GIB = 1024 ** 3;
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  alice: ["alice", "cluster-users"],
  bob: ["bob", "cluster-users"],
  carol: ["carol", "cluster-users"],
};

/** On top of the testbed's own rules: one of each thing that decides. */
const PARTITIONS = [
  "drained State=DRAIN",
  "inactive State=INACTIVE",
  "down State=DOWN",
  "root RootOnly=YES",
  "people AllowGroups=cluster-users",
  "robots AllowGroups=fairway",
  "chem AllowAccounts=chemistry",
  "sciences AllowAccounts=science",
  "nochem DenyAccounts=chemistry",
  "slow AllowQos=long",
  "quick DenyQos=long",
  "tiny MaxCPUsPerNode=2",
  "lean MaxMemPerNode=2000",
  "bound MaxMemPerCPU=1000",
  "booked ReqResv=YES",
  "capped QoS=capped",
];
const ACCOUNTING = [
  "add account science cluster=offers",
  "modify account physics where cluster=offers set parent=science",
  "add user alice account=chemistry partition=gpu cluster=offers",
  "modify user bob where account=chemistry cluster=offers set maxwall=00:20:00 maxtresperjob=cpu=3",
  "add qos over maxwall=48:00:00 flags=OverPartQOS,PartitionTimeLimit",
  "add qos closed maxjobsperuser=0",
  "add qos short maxwall=00:05:00",
  "add qos narrow maxtresperuser=cpu=2,gres/gpu=1 maxtresperjob=mem=4G",
  "add qos strange",
  "modify user alice where account=physics cluster=offers set qos+=over,closed,short,narrow",
];

const TABLE: readonly (readonly [user: string, asked: Partial<Resources>])[] = [
  ["alice", {}],
  ["bob", {}],
  ["carol", {}],
  ["carol", { partition: "debug", account: "physics" }],
  // Time
  ["alice", { partition: "debug", timeLimitSeconds: HOUR / 2 }],
  ["alice", { partition: "debug", timeLimitSeconds: HOUR / 2 + 1 }],
  ["alice", { partition: "debug", timeLimitSeconds: 2 * HOUR }],
  ["alice", { timeLimitSeconds: 24 * HOUR }],
  ["alice", { timeLimitSeconds: 25 * HOUR }],
  ["alice", { timeLimitSeconds: 25 * HOUR, qos: "over" }],
  ["alice", { timeLimitSeconds: 50 * HOUR, qos: "over" }],
  ["alice", { qos: "short", timeLimitSeconds: 300 }],
  ["alice", { qos: "short", timeLimitSeconds: 600 }],
  ["alice", { qos: "short" }],
  ["alice", { qos: "capped", timeLimitSeconds: 600, cpus: 2 }],
  ["alice", { qos: "capped", timeLimitSeconds: 601 }],
  ["alice", { qos: "capped" }],
  ["bob", { account: "chemistry", timeLimitSeconds: 1200 }],
  ["bob", { account: "chemistry", timeLimitSeconds: 1260 }],
  ["bob", { account: "chemistry" }],
  // Cores, memory, GPUs: nodes
  ["alice", { cpus: 16 }],
  ["alice", { cpus: 17 }],
  ["alice", { memoryBytes: 31 * GIB }],
  ["alice", { memoryBytes: 32 * GIB }],
  ["alice", { gpus: { type: null, count: 1 } }],
  ["alice", { gpus: { type: "a100", count: 2 } }],
  ["alice", { gpus: { type: "a100", count: 3 } }],
  ["alice", { gpus: { type: null, count: 3 } }],
  ["alice", { gpus: { type: "h100", count: 1 } }],
  ["alice", { partition: "tiny", gpus: { type: null, count: 1 } }],
  ["alice", { partition: "tiny", cpus: 2 }],
  ["alice", { partition: "tiny", cpus: 3 }],
  ["alice", { partition: "lean", memoryBytes: GIB }],
  ["alice", { partition: "lean", memoryBytes: 3 * GIB }],
  ["alice", { partition: "lean", cpus: 3 }],
  ["alice", { partition: "bound", memoryBytes: 10 * GIB }],
  ["alice", { partition: "bound", memoryBytes: 17 * GIB }],
  // Cores, memory, GPUs: limits
  ["alice", { qos: "long", cpus: 8 }],
  ["alice", { qos: "long", cpus: 9 }],
  ["alice", { qos: "capped", cpus: 3, timeLimitSeconds: 60 }],
  ["alice", { qos: "narrow", cpus: 2 }],
  ["alice", { qos: "narrow", cpus: 3 }],
  ["alice", { qos: "narrow", gpus: { type: "a100", count: 2 } }],
  ["alice", { qos: "narrow", memoryBytes: 4 * GIB }],
  ["alice", { qos: "narrow", memoryBytes: 5 * GIB }],
  ["bob", { account: "chemistry", timeLimitSeconds: 60, cpus: 4 }],
  // Partitions
  ["alice", { partition: "nosuch" }],
  ["alice", { partition: "drained" }],
  ["alice", { partition: "inactive" }],
  ["alice", { partition: "down" }],
  ["alice", { partition: "root" }],
  ["alice", { partition: "people" }],
  ["alice", { partition: "robots" }],
  ["alice", { partition: "chem" }],
  ["bob", { partition: "chem", account: "chemistry", timeLimitSeconds: 60 }],
  ["alice", { partition: "sciences" }],
  ["bob", { partition: "sciences", account: "chemistry", timeLimitSeconds: 60 }],
  ["alice", { partition: "nochem" }],
  ["bob", { partition: "nochem", account: "chemistry", timeLimitSeconds: 60 }],
  ["alice", { partition: "slow" }],
  ["alice", { partition: "slow", qos: "long" }],
  ["alice", { partition: "quick" }],
  ["alice", { partition: "quick", qos: "long" }],
  ["alice", { partition: "capped", timeLimitSeconds: 60 }],
  ["alice", { partition: "capped", timeLimitSeconds: 1200 }],
  ["alice", { partition: "capped", timeLimitSeconds: 60, cpus: 4 }],
  ["alice", { partition: "capped", timeLimitSeconds: 1200, qos: "over", cpus: 1 }],
  ["alice", { partition: "booked" }],
  ["alice", { partition: "booked", reservation: "hers" }],
  // Accounts, QoS, reservations
  ["alice", { account: "physics" }],
  ["alice", { account: "PHYSICS" }],
  ["alice", { account: "staff" }],
  ["alice", { account: "nosuch" }],
  ["alice", { account: "chemistry", partition: "gpu" }],
  ["alice", { account: "chemistry" }],
  ["alice", { qos: "limited" }],
  ["alice", { qos: "strange" }],
  ["alice", { qos: "nosuch" }],
  ["bob", { qos: "over" }],
  ["alice", { qos: "closed" }],
  ["alice", { reservation: "hers" }],
  ["bob", { reservation: "hers" }],
  ["alice", { reservation: "accounts" }],
  ["bob", { reservation: "accounts" }],
  ["bob", { reservation: "accounts", account: "chemistry", timeLimitSeconds: 60 }],
  ["alice", { reservation: "above" }],
  ["bob", { reservation: "above", account: "chemistry", timeLimitSeconds: 60 }],
  ["alice", { reservation: "both" }],
  ["bob", { reservation: "both" }],
  ["alice", { reservation: "out" }],
  ["bob", { reservation: "out" }],
  ["alice", { reservation: "nosuch" }],
  ["admin", { qos: "strange" }],
];

let testbed: Testbed;
let facts: { rules: Rules; present: Present };

const head = (...argv: string[]) => testbed.mustExec("head", argv);
const exec: Exec = async (command, { timeoutMs }) => {
  const { stdin, env } = command;
  const { code, ...output } = await testbed.exec("hub", command.argv, { user: "fairway", stdin, env, timeoutMs });
  return { exitCode: code ?? 137, stdout: output.stdout, stderr: output.stderr };
};

beforeAll(async () => {
  testbed = await upTestbed({ name: "offers" });
  await testbed.mustExec("head", ["sacctmgr", "-i", "-Q"], { stdin: `${ACCOUNTING.join("\n")}\nexit\n` });
  // All nodes, the default times of the testbed's own partitions.
  for (const partition of PARTITIONS) {
    const [name = "", rule = ""] = partition.split(" ");
    await head(
      "scontrol",
      "create",
      `PartitionName=${name}`,
      "Nodes=ALL",
      "DefaultTime=1:00:00",
      "MaxTime=24:00:00",
      "DefMemPerCPU=1000",
      rule,
    );
  }
  const reserve = ["scontrol", "create", "reservation", "StartTime=now", "Duration=60", "Nodes=c1", "Flags=IGNORE_JOBS,FLEX,OVERLAP"];
  await head(...reserve, "ReservationName=hers", "Users=alice");
  await head(...reserve, "ReservationName=accounts", "Accounts=physics");
  await head(...reserve, "ReservationName=above", "Accounts=science");
  await head(...reserve, "ReservationName=both", "Users=alice", "Accounts=physics");
  await head(...reserve, "ReservationName=out", "Users=-bob");
  const { insight } = createScheduler("slurm", { launcher: "/usr/libexec/fairway/launcher", stateDir: "/var/lib/fairway" });
  if (insight === null) throw new Error("Slurm tells of itself");
  const options = { timeoutMs: 60_000 };
  facts = { rules: await insight.rules(exec, options), present: await insight.present(exec, options) };
});
afterAll(() => testbed?.down());

test("every request of the table is refused, or never started, exactly where we say so", async () => {
  const cases = [];
  for (const [user, asked] of TABLE) {
    const resources = complete(asked);
    const person = { user, groups: GROUPS[user] ?? null };
    const ours = findRefusals({ rules: facts.rules, nodes: facts.present.nodes }, person, resources);
    cases.push({ what: `${user} ${JSON.stringify(asked)}`, ours: ours.map(({ line }) => line), theirs: await submit(user, resources) });
  }
  const ends = await settle();
  const disagreements = cases.flatMap(({ what, ours, theirs }) => {
    const end = theirs.id === null ? theirs.words : (ends.get(theirs.id) ?? "unknown");
    const isAccepted = end === "started";
    return isAccepted === (ours.length === 0) ? [] : [`${what}: we say ${ours.join(" ") || "yes"}; Slurm says ${end}`];
  });
  expect(disagreements).toEqual([]);
  // Both kinds are there to be told apart.
  const accepted = cases.filter(({ ours }) => ours.length === 0).length;
  expect([accepted > 20, cases.length - accepted > 20]).toEqual([true, true]);
});

function complete(asked: Partial<Resources>): Resources {
  const nothing = { partition: null, account: null, qos: null, reservation: null };
  return { cpus: 1, memoryBytes: null, gpus: null, timeLimitSeconds: null, ...nothing, ...asked };
}

/** As the launcher would, with the same options. */
async function submit(user: string, resources: Resources): Promise<{ id: string; words: "" } | { id: null; words: string }> {
  const request = {
    user,
    app: "noop",
    resources,
    jobName: "fw-table",
    sessionId: "table",
    workingDirectory: "/tmp",
    comment: "{}",
    values: {},
  };
  const argv = ["sbatch", "--parsable", "--output=/dev/null", ...buildSubmitOptions(request), "--wrap", "true"];
  const { code, stdout, stderr } = await testbed.exec("hub", argv, { user });
  return code === 0 ? { id: stdout.trim(), words: "" } : { id: null, words: stderr.trim() };
}

/** Reasons that pass by themselves. Any other that stays while nothing else happens stays for ever. */
const PASSING = /^(None|Priority|Resources|BeginTime|Nodes_required_for_job)/;

const STARTED = ["RUNNING", "COMPLETING", "COMPLETED"];

/** Waits until nothing moves any more: each job has started, or has a reason to wait that has not changed for a while. */
async function settle(): Promise<Map<string, string>> {
  let quietSince = Date.now();
  let before = "";
  const deadline = Date.now() + 90_000;
  for (;;) {
    const jobs = (await head("squeue", "-h", "-t", "all", "-o", "%i|%T|%r")).trim();
    if (jobs !== before) quietSince = Date.now();
    before = jobs;
    const found = new Map(
      jobs
        .split("\n")
        .map((line) => line.split("|"))
        .map(([id = "", state = "", reason = ""]) => [id, { state, reason }]),
    );
    const isMoving = [...found.values()].some(({ state, reason }) => state === "PENDING" && PASSING.test(reason));
    // More than two rounds of the testbed's scheduler.
    if (!isMoving && Date.now() - quietSince > 12_000) {
      return new Map([...found].map(([id, { state, reason }]) => [id, STARTED.includes(state) ? "started" : `${state} ${reason}`]));
    }
    if (Date.now() > deadline) throw new Error(`still moving: ${jobs}`);
    await sleep(500);
  }
}
