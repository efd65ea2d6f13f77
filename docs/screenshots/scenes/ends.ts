/** How a session ends, each for real, and how it is interrupted and goes on. */
import type { SiteOptions } from "../../../deploy/demo/site.ts";
import { type Look, type Stage, untilSession, withStage } from "./stage.ts";

/** Apps that end badly; what they write is the shell's own word and Python's. */
const APPS = {
  nowhere: "app_run() { exec jupyter-lab-4 --no-browser; }",
  // Writes to a page of each, or the kernel would not count it. A host without limits ends it as the kernel would.
  hungry: `app_run() { exec python3 -c 'import os; x = bytearray(os.urandom(1)) * (600 * 2**20); os.kill(os.getpid(), 9)'; }`,
  quota: `app_run() { exec python3 -c 'import errno, os; raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT), "/home/alice/.local")'; }`,
  brief: "app_run() { echo 'Nothing to do.'; }",
  silent: "app_run() { echo 'Waiting for a licence.'; exec sleep 600; }",
};

const TITLE = { title: "JupyterLab" };
const profile = (name: string, app: string, more: object = {}, resources: object = {}) => ({
  ...{ name, app, title: "2 cores", cluster: "testbed" },
  ...{ resources: { cpus: 1, memory: "200M", time: "20m", partition: "batch", ...resources } },
  ...more,
});

const OPTIONS: SiteOptions = {
  cluster: { title: "Main" },
  config: {
    limits: { sessions_per_user: 30 },
    apps: {
      ...Object.fromEntries(Object.keys(APPS).map((name) => [name, name === "silent" ? { ...TITLE, start_timeout: "20s" } : TITLE])),
      noop: { ...TITLE, activity: "traffic" },
    },
    profiles: [
      profile("plain", "noop"),
      profile("limited", "noop", {}, { time: "1m" }),
      profile("lonely", "noop", {}, { partition: "gpu" }),
      profile("idle", "noop", { idle: { after: "40s", warn_before: "15s" } }),
      profile("patient", "noop", { pending_timeout: "10s" }, { cpus: 16 }),
      profile("debug", "noop", {}, { partition: "debug" }),
      ...Object.keys(APPS).map((name) => profile(name, name)),
    ],
  },
};

export function takeEnds(): Promise<void> {
  return withStage(OPTIONS, async (stage) => {
    const { testbed } = stage.site;
    for (const [name, text] of Object.entries(APPS))
      await testbed.mustExec("hub", ["tee", `/etc/fairway/apps/${name}.app.sh`], { stdin: `${text}\n` });
    await testbed.mustExec("hub", ["sh", "/opt/fairway/hub/share/install-node-files"]);
    const lonely = await launchReady(stage, "lonely");
    // The slow ones begin first; what takes no waiting comes meanwhile.
    const slow = [takeTimeUp(stage), takeIdle(stage), takeLost(stage), takeBadEnd(stage, "did-not-start", "silent", [])];
    await Promise.all([
      ...slow,
      takeBadEnd(stage, "command-not-found", "nowhere", ["wide", "dark", "narrow"]),
      takeBadEnd(stage, "quota", "quota", ["wide"]),
      takeBadEnd(stage, "out-of-memory", "hungry", ["wide"]),
      takeExited(stage),
      takeStopped(stage),
      takeCancelled(stage),
      takeRequeued(stage, "requeued", "requeue", "pending"),
      takeRequeued(stage, "requeued-held", "requeuehold", "held"),
      takeSuspended(stage),
      takeNotAccepted(stage),
    ]);
    await takeNodeFailed(stage, lonely);
    await takeWaitedTooLong(stage);
    await takePreempted(stage);
  });
}

async function launchReady({ alice }: Stage, profileName: string, name = profileName): Promise<string> {
  const { id } = await alice.launch({ profile: profileName, name });
  await alice.waitFor(id, ["ready"]);
  return id;
}

const jobOf = async ({ alice }: Stage, id: string) => (await alice.session(id)).job?.id ?? "";
const ENDING = "section[aria-labelledby=ending]";

async function takeEnd(stage: Stage, name: string, id: string): Promise<void> {
  await untilSession(stage, id, "to end", ({ state }) => state === "ended");
  await stage.camera.session(name, id);
}

/** With its cause, and its log's last lines where it has written any. */
async function takeExplained(stage: Stage, name: string, id: string, looks: readonly Look[] = ["wide"]): Promise<void> {
  const { ending } = await untilSession(stage, id, "to be explained", (session) => session.ending !== null);
  await stage.camera.session(name, id, { looks, parts: (ending?.lastLines.length ?? 0) > 0 ? [ENDING] : [] });
}

async function takeBadEnd(stage: Stage, name: string, profileName: string, looks: readonly Look[]): Promise<void> {
  const { id } = await stage.alice.launch({ profile: profileName, name });
  await takeExplained(stage, name, id, looks.length === 0 ? ["wide"] : looks);
}

async function takeTimeUp(stage: Stage): Promise<void> {
  const { id } = await stage.alice.launch({ profile: "limited", name: "time-up" });
  await untilSession(stage, id, "to be settled", ({ usage }) => usage !== null);
  await stage.camera.session("time-up", id);
  await stage.camera.take("usage", `sessions/${id}`, (page) => [page.locator("section[aria-labelledby=usage]")]);
}

const takeIdle = async (stage: Stage) => takeEnd(stage, "stopped-idle", await launchReady(stage, "idle"));

/** Its name is how it is known; a job of another name is not ours any more. */
async function takeLost(stage: Stage): Promise<void> {
  const id = await launchReady(stage, "plain", "lost");
  const jobId = await jobOf(stage, id);
  await stage.login("alice", "scontrol", "update", `JobId=${jobId}`, "JobName=something-else");
  await stage.login("alice", "scancel", jobId);
  await takeEnd(stage, "lost", id);
}

async function takeExited(stage: Stage): Promise<void> {
  const { id } = await stage.alice.launch({ profile: "brief", name: "finished" });
  await takeEnd(stage, "finished", id);
}

async function takeStopped(stage: Stage): Promise<void> {
  const id = await launchReady(stage, "plain", "stopped");
  await stage.alice.stop(id);
  await takeEnd(stage, "stopped", id);
}

async function takeCancelled(stage: Stage): Promise<void> {
  const id = await launchReady(stage, "plain", "cancelled");
  await stage.head("scancel", await jobOf(stage, id));
  await takeEnd(stage, "cancelled", id);
}

async function takeRequeued(stage: Stage, name: string, verb: string, state: string): Promise<void> {
  const id = await launchReady(stage, "plain", name);
  await stage.head("scontrol", verb, await jobOf(stage, id));
  await untilSession(stage, id, `to be ${state}`, (session) => session.state === state && session.job?.pendingReason != null);
  await stage.camera.session(name, id);
  await stage.alice.stop(id);
}

async function takeSuspended(stage: Stage): Promise<void> {
  const id = await launchReady(stage, "plain", "suspended");
  await stage.head("scontrol", "suspend", await jobOf(stage, id));
  await untilSession(stage, id, "to be suspended", ({ state }) => state === "suspended");
  await stage.camera.session("suspended", id);
  await stage.alice.stop(id);
}

/** What Slurm refuses and does not tell beforehand: a partition that takes no jobs from this host. */
async function takeNotAccepted(stage: Stage): Promise<void> {
  await stage.head("scontrol", "update", "PartitionName=debug", "AllocNodes=head");
  const { id } = await stage.alice.launch({ profile: "debug", name: "not-accepted" });
  await takeEnd(stage, "not-accepted", id);
}

async function takeNodeFailed(stage: Stage, id: string): Promise<void> {
  // Else Slurm would start it anew elsewhere, and it would not end.
  await stage.login("alice", "scontrol", "update", `JobId=${await jobOf(stage, id)}`, "Requeue=0");
  await stage.site.testbed.fault("power-off", "c2");
  await takeExplained(stage, "node-failed", id);
  await stage.site.testbed.fault("power-on", "c2");
}

async function takeWaitedTooLong(stage: Stage): Promise<void> {
  const { head, alice } = stage;
  await head("sbatch", "--uid=bob", "--nodes=2", "--exclusive", "--time=5", "--chdir=/tmp", "--output=/dev/null", "--wrap=sleep 300");
  const { id } = await alice.launch({ profile: "patient", name: "waited" });
  await takeEnd(stage, "waited-too-long", id);
  await head("scancel", "--user=bob");
}

/** As a site would: a QoS whose jobs take the place of others'. */
async function takePreempted(stage: Stage): Promise<void> {
  const { head, site } = stage;
  await head("sacctmgr", "-i", "add", "qos", "urgent", "Preempt=normal", "Priority=1000");
  await head("sacctmgr", "-i", "modify", "account", "staff", "set", "qos+=urgent");
  await head("sacctmgr", "-i", "modify", "user", "admin", "set", "qos+=urgent");
  await head("sacctmgr", "-i", "modify", "qos", "normal", "set", "PreemptMode=cancel");
  await head("sh", "-c", "printf 'PreemptType=preempt/qos\\nPreemptMode=REQUEUE\\n' >>/etc/slurm/slurm.conf");
  await site.testbed.fault("stop", "slurmctld");
  await site.testbed.fault("start", "slurmctld");
  const id = await launchReady(stage, "plain", "preempted");
  const size = ["--nodes=2", "--exclusive", "--time=5", "--chdir=/tmp", "--output=/dev/null", "--wrap=sleep 300"];
  await head("sbatch", "--uid=admin", "--qos=urgent", ...size);
  await takeEnd(stage, "preempted", id);
}
