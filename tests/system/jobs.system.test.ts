/**
 * What a cluster's staff and scheduler do to jobs: requeue, suspend, preempt, and a controller that has
 * forgotten everything and gives the same numbers again. A session is never taken for another job.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Fixture, liveJobs, type Person, startSite, until } from "./fixture.ts";
import { listSessions } from "./truth.ts";

let site: Fixture;
let alice: Person;

const head = (...argv: string[]) => site.testbed.mustExec("head", argv);

beforeAll(async () => {
  site = await startSite("jobs", 18_111);
  alice = await site.person("alice");
});
afterAll(async () => site?.end());

afterEach(async () => {
  for (const { id } of await listSessions(alice, "open")) await alice.stop(id);
});

async function startReady(name: string): Promise<{ id: string; jobId: string }> {
  const { id } = await alice.launch({ profile: "noop", name });
  const { job } = await alice.waitFor(id, ["ready"]);
  return { id, jobId: job?.id ?? "" };
}

test("requeued by the staff: the same session waits, says so, and starts again", async () => {
  const { id, jobId } = await startReady("requeued");
  await head("scontrol", "requeue", jobId);
  const waiting = await alice.waitFor(id, ["pending"], 90_000);
  expect(waiting.job).toMatchObject({ id: jobId, restarts: 1 });
  await until("the job to wait for its time", 30_000, async () => (await alice.session(id)).job?.pendingReason != null);
  // Slurm lets a requeued job wait two minutes; the staff can say "now".
  await head("scontrol", "update", `JobId=${jobId}`, "StartTime=now");
  const again = await alice.waitFor(id, ["ready"], 120_000);
  expect(again.job).toMatchObject({ id: jobId, restarts: 1 });
  expect((await alice.api("/user/alice/requeued/")).status).toBe(200);
});

test("suspended and resumed: shown as such, and ready again", async () => {
  const { id, jobId } = await startReady("suspended");
  await head("scontrol", "suspend", jobId);
  await alice.waitFor(id, ["suspended"], 90_000);
  await head("scontrol", "resume", jobId);
  await alice.waitFor(id, ["ready"], 120_000);
});

test("requeued and held by the staff: on hold, and again ready when it is let go", async () => {
  const { id, jobId } = await startReady("held");
  await head("scontrol", "requeuehold", jobId);
  expect((await alice.waitFor(id, ["held"], 90_000)).job?.id).toBe(jobId);
  await head("scontrol", "release", jobId);
  await head("scontrol", "update", `JobId=${jobId}`, "StartTime=now");
  await alice.waitFor(id, ["ready"], 120_000);
});

test("preempted: requeued as the same session where Slurm requeues, ended as preempted where it cancels", async () => {
  await allowPreemption();
  const requeued = await startReady("requeues");
  await preempt("requeue");
  const waiting = await alice.waitFor(requeued.id, ["pending"], 120_000);
  expect(waiting.job).toMatchObject({ id: requeued.jobId, restarts: 1 });
  await head("scancel", "--user=admin");
  await head("scontrol", "update", `JobId=${requeued.jobId}`, "StartTime=now");
  await alice.waitFor(requeued.id, ["ready"], 120_000);

  await preempt("cancel");
  expect((await alice.waitFor(requeued.id, ["ended"], 120_000)).reason).toBe("preempted");
  await head("scancel", "--user=admin");
});

test("a controller that forgot everything gives a number again: it is another job, and nobody touches it", async () => {
  const { id, jobId } = await startReady("forgotten");
  const node = (await alice.session(id)).job?.node ?? "";
  await site.testbed.fault("kill", "slurmctld");
  await head("sh", "-c", "rm -rf /var/lib/slurm/slurmctld/*");
  await head("sh", "-c", `echo FirstJobId=${jobId} >>/etc/slurm/slurm.conf`);
  // A node that still ends the old job of a number, or remembers it, is drained when it gets the new one: this one has
  // forgotten it, too.
  await site.testbed.fault("kill", `slurmd@${node}`);
  await site.testbed.mustExec(node, ["sh", "-c", "pkill -KILL slurmstepd; pkill -KILL -u alice; true"]);
  await site.testbed.fault("start", "slurmctld");
  await site.testbed.fault("start", `slurmd@${node}`);
  await until("the nodes to be there again", 90_000, async () => /idle|mix/.test(await head("sinfo", "-h", "-p", "batch", "-o", "%t")));
  const submitted = await site.testbed.mustExec(
    "login",
    ["sbatch", "--parsable", "--job-name=mine", "--chdir=/tmp", "--output=/dev/null", "--wrap=sleep 600"],
    { user: "alice" },
  );
  expect(submitted.trim()).toBe(jobId);
  await until("alice's own job to run", 90_000, async () =>
    (await liveJobs(site.testbed)).some((job) => job.name === "mine" && job.state === "RUNNING"),
  );

  const told = await alice.session(id);
  expect(told.state).not.toBe("pending");
  // Stopping the session must not end what has its number now.
  await alice.json(`/api/v1/sessions/${id}`, { method: "DELETE" });
  await alice.waitFor(id, ["ended"], 240_000);
  expect((await liveJobs(site.testbed)).map(({ id: live, name }) => [live, name])).toEqual([[jobId, "mine"]]);
  await head("scancel", jobId);
}, 500_000);

/** As a site would: a QoS whose jobs take the place of others'. */
async function allowPreemption(): Promise<void> {
  await head("sacctmgr", "-i", "add", "qos", "urgent", "Preempt=normal", "Priority=1000");
  await head("sacctmgr", "-i", "modify", "account", "staff", "set", "qos+=urgent");
  await head("sacctmgr", "-i", "modify", "user", "admin", "set", "qos+=urgent");
  await head("sh", "-c", "printf 'PreemptType=preempt/qos\\nPreemptMode=REQUEUE\\n' >>/etc/slurm/slurm.conf");
  await site.testbed.fault("stop", "slurmctld");
  await site.testbed.fault("start", "slurmctld");
}

/** An urgent job that wants both nodes whole; what becomes of those that give way is their own QoS's to say. */
async function preempt(mode: "requeue" | "cancel"): Promise<void> {
  await head("sacctmgr", "-i", "modify", "qos", "normal", "set", `PreemptMode=${mode}`);
  const size = ["--nodes=2", "--exclusive", "--time=5", "--chdir=/tmp", "--output=/dev/null", "--wrap=sleep 300"];
  await head("sbatch", "--uid=admin", "--qos=urgent", ...size);
}
