/** Every request of the table, asked of us and of a real Slurm: where the two differ. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Resources } from "@fairway/contract/sessions.ts";
import type { Testbed } from "@fairway/testbed/index.ts";
import { createScheduler } from "../../schedulers/index.ts";
import { buildSubmitOptions } from "../../schedulers/slurm/commands.ts";
import type { Exec } from "../../transports/types.ts";
import { findRefusals } from "../refusals.ts";
import { ACCOUNTING, GROUPS, PARTITIONS, TABLE } from "./refusal-table.ts";

export interface Comparison {
  readonly accepted: number;
  readonly refused: number;
  /** Each in a line: what was asked for, what we say, what Slurm says. */
  readonly differences: readonly string[];
}

/** @param cluster the testbed's name, which is its cluster's, too */
export async function compareRefusals(testbed: Testbed, cluster: string): Promise<Comparison> {
  await setUp(testbed, cluster);
  const facts = await readFacts(testbed);
  const cases = [];
  for (const [user, asked] of TABLE) {
    const resources = complete(asked);
    const ours = findRefusals(facts, { user, groups: GROUPS[user] ?? null }, resources);
    cases.push({
      what: `${user} ${JSON.stringify(asked)}`,
      ours: ours.map(({ line }) => line),
      theirs: await submit(testbed, user, resources),
    });
  }
  const ends = await settle(testbed);
  const differences = cases.flatMap(({ what, ours, theirs }) => {
    const end = theirs.id === null ? theirs.words : (ends.get(theirs.id) ?? "unknown");
    return (end === STARTED) === (ours.length === 0) ? [] : [`${what}: we say ${ours.join(" ") || "yes"}; Slurm says ${end}`];
  });
  const accepted = cases.filter(({ ours }) => ours.length === 0).length;
  return { accepted, refused: cases.length - accepted, differences };
}

async function setUp(testbed: Testbed, cluster: string): Promise<void> {
  const head = (...argv: string[]) => testbed.mustExec("head", argv);
  const lines = ACCOUNTING.map((line) => line.replaceAll("CLUSTER", cluster));
  await testbed.mustExec("head", ["sacctmgr", "-i", "-Q"], { stdin: `${lines.join("\n")}\nexit\n` });
  for (const partition of PARTITIONS) {
    const [name = "", rule = ""] = partition.split(" ");
    const shared = ["Nodes=ALL", "DefaultTime=1:00:00", "MaxTime=24:00:00", "DefMemPerCPU=1000"];
    await head("scontrol", "create", `PartitionName=${name}`, ...shared, rule);
  }
  const reserve = ["scontrol", "create", "reservation", "StartTime=now", "Duration=60", "Nodes=c1", "Flags=IGNORE_JOBS,FLEX,OVERLAP"];
  await head(...reserve, "ReservationName=hers", "Users=alice");
  await head(...reserve, "ReservationName=accounts", "Accounts=physics");
  await head(...reserve, "ReservationName=above", "Accounts=science");
  await head(...reserve, "ReservationName=both", "Users=alice", "Accounts=physics");
  await head(...reserve, "ReservationName=out", "Users=-bob");
}

/** As the hub does, with the service account's eyes. */
async function readFacts(testbed: Testbed) {
  const exec: Exec = async ({ argv, stdin, env }, { timeoutMs }) => {
    const { code, ...output } = await testbed.exec("hub", argv, { user: "fairway", stdin, env, timeoutMs });
    return { exitCode: code ?? 137, stdout: output.stdout, stderr: output.stderr };
  };
  const { insight } = createScheduler("slurm", { launcher: "/usr/libexec/fairway/launcher", stateDir: "/var/lib/fairway" });
  if (insight === null) throw new Error("Slurm tells of itself");
  const options = { timeoutMs: 60_000 };
  const { nodes } = await insight.present(exec, options);
  return { rules: await insight.rules(exec, options), nodes };
}

function complete(asked: Partial<Resources>): Resources {
  const nothing = { partition: null, account: null, qos: null, reservation: null };
  return { cpus: 1, memoryBytes: null, gpus: null, timeLimitSeconds: null, ...nothing, ...asked };
}

type Answer = { readonly id: string } | { readonly id: null; readonly words: string };

/** With the options that the launcher would be given. */
async function submit(testbed: Testbed, user: string, resources: Resources): Promise<Answer> {
  const job = { jobName: "fw-table", sessionId: "table", workingDirectory: "/tmp", comment: "{}", values: {} };
  const options = buildSubmitOptions({ ...job, user, app: "noop", resources });
  const argv = ["sbatch", "--parsable", "--output=/dev/null", ...options, "--wrap", "true"];
  const { code, stdout, stderr } = await testbed.exec("hub", argv, { user });
  return code === 0 ? { id: stdout.trim() } : { id: null, words: stderr.trim() };
}

const STARTED = "started";
const STARTED_STATES = ["RUNNING", "COMPLETING", "COMPLETED"];
/** Reasons that pass by themselves. Any other that stays while nothing else happens stays for ever. */
const PASSING = /^(None|Priority|Resources|BeginTime|Nodes_required_for_job)/;
/** More than two rounds of the testbed's scheduler. */
const QUIET_MS = 12_000;

/** Waits until nothing moves any more: each job has started, or has a reason to wait that does not pass. */
async function settle(testbed: Testbed): Promise<ReadonlyMap<string, string>> {
  const deadline = Date.now() + 90_000;
  let quietSince = Date.now();
  let before = "";
  while (Date.now() < deadline) {
    const text = (await testbed.mustExec("head", ["squeue", "-h", "-t", "all", "-o", "%i|%T|%r"])).trim();
    if (text !== before) quietSince = Date.now();
    before = text;
    const jobs = text.split("\n").map((line) => line.split("|") as [id: string, state: string, reason: string]);
    const isMoving = jobs.some(([, state, reason]) => state === "PENDING" && PASSING.test(reason));
    if (!isMoving && Date.now() - quietSince > QUIET_MS) {
      return new Map(jobs.map(([id, state, reason]) => [id, STARTED_STATES.includes(state) ? STARTED : `${state} ${reason}`]));
    }
    await sleep(500);
  }
  throw new Error(`still moving: ${before}`);
}
