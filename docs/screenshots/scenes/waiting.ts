/** Why a session waits: each reason that Slurm can be brought to give on a testbed. */
import type { SiteOptions } from "../../../deploy/demo/site.ts";
import { closeGate, openGate, until, waitAtGate } from "../../../tests/system/fixture.ts";
import { type Stage, untilSession, withStage } from "./stage.ts";

const OPTIONS: SiteOptions = {
  cluster: { title: "Main", submit_concurrency: 2 },
  config: {
    limits: { sessions_per_user: 30 },
    apps: { noop: { title: "JupyterLab" } },
    profiles: [
      {
        ...{ name: "lab", title: "8 cores", app: "noop", cluster: "testbed" },
        resources: { cpus: 8, memory: "500M", time: "1h", partition: "batch" },
      },
    ],
  },
};

/** A word of Slurm's, and what the staff or the person does to a job that waits to get it. */
interface Situation {
  readonly name: string;
  readonly reason: RegExp;
  readonly arrange: (stage: Stage, jobId: string) => Promise<unknown>;
  readonly restore?: (stage: Stage) => Promise<unknown>;
}

const updateJob =
  (...changes: string[]) =>
  ({ head }: Stage, jobId: string) =>
    head("scontrol", "update", `JobId=${jobId}`, ...changes);

/** Of one job alone: each has a session of its own. */
function situationsOfJobs(fillerId: string, failedId: string): readonly Situation[] {
  return [
    { name: "held-by-you", reason: /^JobHeldUser/, arrange: ({ login }, jobId) => login("alice", "scontrol", "hold", jobId) },
    { name: "held-by-staff", reason: /^JobHeldAdmin/, arrange: ({ head }, jobId) => head("scontrol", "hold", jobId) },
    { name: "begin-time", reason: /^BeginTime/, arrange: updateJob("StartTime=now+2hours") },
    { name: "dependency", reason: /^Dependency$/, arrange: updateJob(`Dependency=afterany:${fillerId}`) },
    { name: "dependency-never", reason: /^DependencyNever/, arrange: updateJob(`Dependency=afterok:${failedId}`) },
    { name: "reservation", reason: /^Reservation/, arrange: updateJob("ReservationName=course") },
  ];
}

/** What Slurm says only of the one whose turn it would be: it looks no further behind that one. */
const SITUATIONS_OF_THE_NEXT: readonly Situation[] = [
  { name: "licenses", reason: /^Licenses/, arrange: updateJob("Licenses=matlab:1", "Priority=100000") },
  { name: "node-not-available", reason: /^ReqNodeNotAvail/, arrange: updateJob("ReqNodeList=c2", "Priority=100000") },
];

const partition = (change: string) => (stage: Stage) => stage.head("scontrol", "update", "PartitionName=batch", change);
const sacctmgr = (kind: string, name: string, change: string) => (stage: Stage) =>
  stage.head("sacctmgr", "-i", "modify", kind, name, "set", change);
const nodes =
  (...changes: string[]) =>
  (stage: Stage) =>
    stage.head("scontrol", "update", "NodeName=c1,c2", ...changes);

/** Of the whole cluster: one after the other, each taken back. */
const SITUATIONS: readonly Situation[] = [
  { name: "partition-down", reason: /^PartitionDown/, arrange: partition("State=DOWN"), restore: partition("State=UP") },
  { name: "partition-inactive", reason: /^PartitionInactive/, arrange: partition("State=INACTIVE"), restore: partition("State=UP") },
  { name: "partition-time", reason: /^PartitionTimeLimit/, arrange: partition("MaxTime=30"), restore: partition("MaxTime=24:00:00") },
  {
    name: "partition-config",
    reason: /^PartitionConfig/,
    arrange: partition("AllowAccounts=staff"),
    restore: partition("AllowAccounts=ALL"),
  },
  {
    ...{ name: "account-max-jobs", reason: /^AssocMaxJobsLimit/ },
    ...{ arrange: sacctmgr("user", "alice", "MaxJobs=1"), restore: sacctmgr("user", "alice", "MaxJobs=-1") },
  },
  {
    ...{ name: "account-cores", reason: /^AssocGrpCpuLimit/ },
    ...{ arrange: sacctmgr("account", "physics", "GrpTRES=cpu=32"), restore: sacctmgr("account", "physics", "GrpTRES=cpu=-1") },
  },
  {
    ...{ name: "qos-max-jobs", reason: /^QOSMaxJobsPerUserLimit/ },
    ...{ arrange: sacctmgr("qos", "normal", "MaxJobsPerUser=1"), restore: sacctmgr("qos", "normal", "MaxJobsPerUser=-1") },
  },
  {
    ...{ name: "qos-max-cores", reason: /^QOSMaxCpuPerUserLimit/ },
    ...{ arrange: sacctmgr("qos", "normal", "MaxTRESPerUser=cpu=16"), restore: sacctmgr("qos", "normal", "MaxTRESPerUser=cpu=-1") },
  },
  {
    ...{ name: "nodes-drained", reason: /^Nodes required|^ReqNodeNotAvail/ },
    ...{ arrange: nodes("State=DRAIN", "Reason=maintenance"), restore: nodes("State=RESUME") },
  },
];

/** The last of all: whoever has more than this limit is ended by Slurm, so that the nodes are free again. */
const USED_UP: Situation = {
  ...{ name: "account-minutes", reason: /^AssocGrpCPUMinutesLimit/ },
  ...{ arrange: sacctmgr("account", "physics", "GrpTRESMins=cpu=60"), restore: sacctmgr("account", "physics", "GrpTRESMins=cpu=-1") },
};

export function takeWaiting(): Promise<void> {
  return withStage(OPTIONS, async (stage) => {
    const { site, head, login } = stage;
    await head("sh", "-c", "echo Licenses=matlab:1 >>/etc/slurm/slurm.conf");
    await site.testbed.fault("stop", "slurmctld");
    await site.testbed.fault("start", "slurmctld");
    const failedId = await submit(stage, "alice", "--wrap=false");
    await until("a job to fail", 60_000, async () =>
      (await login("alice", "squeue", "-h", "-t", "all", "-j", failedId, "-o", "%T")).includes("FAILED"),
    );
    const whole = ["--nodes=1", "--cpus-per-task=16", "--mem=500M", "--time=60", "--wrap=sleep 3600"];
    const fillerId = await submit(stage, "alice", ...whole);
    await submit(stage, "bob", "--licenses=matlab:1", ...whole);
    await until("both nodes to be full", 60_000, async () => (await head("squeue", "-h", "-t", "R", "-o", "%i")).split("\n").length > 2);

    const first = await takeQueue(stage);
    await head("scontrol", "update", "NodeName=c2", "State=DRAIN", "Reason=maintenance");
    await head(
      "scontrol",
      "create",
      "reservation",
      "ReservationName=course",
      "StartTime=now+3hours",
      "Duration=60",
      "Users=alice",
      "Nodes=c1",
    );
    await Promise.all(situationsOfJobs(fillerId, failedId).map((situation) => takeAlone(stage, situation)));
    for (const situation of SITUATIONS_OF_THE_NEXT) await takeAlone(stage, situation);
    await head("scontrol", "update", "NodeName=c2", "State=RESUME");
    for (const situation of SITUATIONS) await takeShared(stage, first, situation);
    await stage.attempt("sending", () => takeSending(stage));
    await stage.attempt("cluster-away", () => takeAway(stage, first));
    await takeShared(stage, first, USED_UP);
  });
}

async function submit({ login }: Stage, user: string, ...options: string[]): Promise<string> {
  return (await login(user, "sbatch", "--parsable", "--chdir=/tmp", "--output=/dev/null", ...options)).trim();
}

const launch = async ({ alice }: Stage, name: string) => (await alice.launch({ profile: "lab", name })).id;

/** Two that only wait for their turn. @returns the first one */
async function takeQueue(stage: Stage): Promise<string> {
  const first = await launch(stage, "first");
  await untilSession(stage, first, "its place", ({ job, waiting }) => job?.pendingReason === "Resources" && isPlaced(waiting));
  const second = await launch(stage, "second");
  await untilSession(stage, second, "its place", ({ job, waiting }) => job?.pendingReason === "Priority" && isPlaced(waiting));
  await stage.camera.session("resources", first, { looks: ["wide", "dark", "narrow"] });
  await stage.camera.session("priority", second);
  await stage.alice.stop(second);
  return first;
}

const isPlaced = (waiting: Awaited<ReturnType<Stage["alice"]["session"]>>["waiting"]) =>
  waiting?.kind === "queue" && waiting.ahead !== null;

function takeAlone(stage: Stage, { name, reason, arrange }: Situation): Promise<void> {
  const { alice, camera } = stage;
  return stage.attempt(name, async () => {
    const id = await launch(stage, name);
    try {
      const { job } = await untilSession(stage, id, "its job", (session) => session.job !== null && session.state === "pending");
      await arrange(stage, job?.id ?? "");
      await untilSession(stage, id, `${reason}`, (session) => reason.test(session.job?.pendingReason ?? ""));
      await camera.session(name, id);
    } finally {
      await alice.stop(id);
    }
  });
}

function takeShared(stage: Stage, id: string, { name, reason, arrange, restore }: Situation): Promise<void> {
  return stage.attempt(name, async () => {
    await arrange(stage, "");
    try {
      await untilSession(stage, id, `${reason}`, (session) => reason.test(session.job?.pendingReason ?? ""));
      await stage.camera.session(name, id);
    } finally {
      await restore?.(stage);
    }
  });
}

/** More launches at once than the line lets through. */
async function takeSending(stage: Stage): Promise<void> {
  const { site, camera, alice } = stage;
  await closeGate(site.testbed, "sbatch-before");
  const ids: string[] = [];
  for (const number of [1, 2, 3, 4, 5, 6]) ids.push(await launch(stage, `sent-${number}`));
  await waitAtGate(site.testbed, "sbatch-before");
  const last = ids.at(-1) ?? "";
  await untilSession(stage, last, "its place in the line", ({ waiting }) => waiting?.kind === "sending" && waiting.ahead === 3);
  await camera.session("sending", last);
  await openGate(site.testbed, "sbatch-before");
  await Promise.all(ids.map((id) => alice.stop(id)));
}

async function takeAway(stage: Stage, waitingId: string): Promise<void> {
  const { site, camera } = stage;
  await site.testbed.fault("stop", "slurmctld");
  await untilSession(stage, waitingId, "the cluster to be away", ({ cluster }) => cluster.awaySince !== null);
  await camera.session("cluster-away", waitingId);
  const id = await launch(stage, "new");
  await untilSession(stage, id, "to wait for the cluster", ({ line }) => line.startsWith("Waiting for"));
  await camera.session("cluster-away-new", id);
  await site.testbed.fault("start", "slurmctld");
}
