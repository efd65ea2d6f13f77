/**
 * The hub is killed (SIGKILL) at each line of a session's life that matters. After each restart: no
 * job lost, none duplicated, none orphaned, and the session's state true.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { runVerb, startFairway, stopFairway } from "../../deploy/demo/site.ts";
import {
  closeGate,
  type Fixture,
  killHub,
  killSubmissions,
  liveJobs,
  openGate,
  type Person,
  startSite,
  until,
  waitAtGate,
} from "./fixture.ts";

let site: Fixture;
let alice: Person;
/** While this file is there, JupyterLab goes on starting. */
const HELD = "/home/alice/held";

beforeAll(async () => {
  site = await startSite("kill", 18_101);
  const prologue = "/etc/fairway/apps/jupyterlab.prologue.sh";
  await site.testbed.mustExec("hub", ["tee", "-a", prologue], { stdin: `while [ -e ${HELD} ]; do sleep 0.2; done\n` });
  await site.testbed.mustExec("hub", ["sh", "/opt/fairway/hub/share/install-node-files"]);
  alice = await site.person("alice");
});
afterAll(async () => site?.end());

afterEach(async () => {
  for (const gate of ["sbatch-before", "sbatch-after", "scancel-before"] as const) await openGate(site.testbed, gate);
  const { sessions } = await alice.json<{ sessions: { id: string }[] }>("/api/v1/sessions?show=open");
  for (const { id } of sessions) await alice.stop(id);
  expect(await liveJobs(site.testbed)).toEqual([]);
});

/** Exactly one job of this session, and nothing else of ours. */
async function ensureOneJob(id: string): Promise<void> {
  const jobs = await liveJobs(site.testbed);
  expect(jobs.map((job) => job.name.slice(-12))).toEqual([id]);
  expect(jobs[0]?.user).toBe("alice");
}

test("killed before sbatch ran, with everything it had started: it is sent once", async () => {
  await closeGate(site.testbed, "sbatch-before");
  const { id } = await alice.launch({ profile: "noop" });
  await waitAtGate(site.testbed, "sbatch-before");
  await killHub(site.testbed);
  await killSubmissions(site.testbed);
  await openGate(site.testbed, "sbatch-before");
  await alice.waitFor(id, ["ready"]);
  await ensureOneJob(id);
});

test("killed while sbatch was under way, which goes on: its job is found by name, not sent again", async () => {
  await closeGate(site.testbed, "sbatch-before");
  const { id } = await alice.launch({ profile: "noop" });
  await waitAtGate(site.testbed, "sbatch-before");
  await killHub(site.testbed);
  await until("the next hub to answer", 20_000, async () => (await alice.api(`/api/v1/sessions/${id}`)).ok);
  expect((await alice.session(id)).state).toBe("submitting");
  await openGate(site.testbed, "sbatch-before");
  await alice.waitFor(id, ["ready"]);
  await ensureOneJob(id);
});

test("killed after sbatch had succeeded, before its answer was stored", async () => {
  await site.testbed.mustExec("head", ["scontrol", "update", "NodeName=c1,c2", "State=DRAIN", "Reason=test"]);
  await closeGate(site.testbed, "sbatch-after");
  const { id } = await alice.launch({ profile: "noop" });
  await waitAtGate(site.testbed, "sbatch-after");
  expect(await liveJobs(site.testbed)).toHaveLength(1);
  await killHub(site.testbed);
  await killSubmissions(site.testbed);
  await openGate(site.testbed, "sbatch-after");
  await alice.waitFor(id, ["pending"]);
  await site.testbed.mustExec("head", ["scontrol", "update", "NodeName=c1,c2", "State=RESUME"]);
  await alice.waitFor(id, ["ready"]);
  await ensureOneJob(id);
});

test("killed while the job was pending", async () => {
  await site.testbed.mustExec("head", ["scontrol", "update", "NodeName=c1,c2", "State=DRAIN", "Reason=test"]);
  const { id } = await alice.launch({ profile: "noop" });
  await alice.waitFor(id, ["pending"]);
  await killHub(site.testbed);
  await alice.waitFor(id, ["pending"]);
  await site.testbed.mustExec("head", ["scontrol", "update", "NodeName=c1,c2", "State=RESUME"]);
  await alice.waitFor(id, ["ready"]);
  await ensureOneJob(id);
});

test("killed while JupyterLab was starting", async () => {
  await site.testbed.mustExec("hub", ["touch", HELD]);
  const { id } = await alice.launch({ profile: "jupyterlab" });
  await alice.waitFor(id, ["starting"]);
  await killHub(site.testbed);
  await site.testbed.mustExec("hub", ["rm", HELD]);
  await alice.waitFor(id, ["ready"]);
  await ensureOneJob(id);
  // The edge connects to the next hub's feed in its own time, and hears of it then.
  await until("the edge to have heard", 60_000, async () => (await alice.api("/user/alice/api/status")).status === 200);
});

test("killed while the session was ready: it stays usable all the time", async () => {
  const { id } = await alice.launch({ profile: "noop" });
  await alice.waitFor(id, ["ready"]);
  // A token that the edge has met before; one that it has not is another test's matter.
  expect((await alice.api("/user/alice/")).status).toBe(200);
  await killHub(site.testbed);
  for (let look = 0; look < 10; look += 1) expect((await alice.api("/user/alice/")).status).toBe(200);
  await alice.waitFor(id, ["ready"]);
  await ensureOneJob(id);
});

test("killed while a stop was being carried out: the stop is carried out", async () => {
  const { id } = await alice.launch({ profile: "noop" });
  await alice.waitFor(id, ["ready"]);
  await closeGate(site.testbed, "scancel-before");
  await alice.json(`/api/v1/sessions/${id}`, { method: "DELETE" });
  await waitAtGate(site.testbed, "scancel-before");
  await killHub(site.testbed);
  await site.testbed.exec("hub", ["pkill", "-KILL", "-f", "/usr/local/bin/scancel"]);
  await openGate(site.testbed, "scancel-before");
  const ended = await alice.waitFor(id, ["ended"]);
  expect(ended.reason).toBe("stopped");
  expect(await liveJobs(site.testbed)).toEqual([]);
});

test("the database restored from a backup: what ran then and since is found again, and can be used and stopped", async () => {
  const before = await alice.launch({ profile: "noop", name: "before" });
  await alice.waitFor(before.id, ["pending", "starting", "ready"]);
  const backup = "/var/lib/fairway/test-backup.db";
  expect((await runVerb(site.testbed, "db", "backup", backup)).code).toBe(0);
  await alice.waitFor(before.id, ["ready"]);
  const since = await alice.launch({ profile: "noop", name: "since" });
  await alice.waitFor(since.id, ["ready"]);
  await stopFairway(site.testbed);
  const restored = await runVerb(site.testbed, "db", "restore", backup);
  expect(restored.stderr).toBe("");
  expect(restored.code).toBe(0);
  await startFairway(site.testbed);
  for (const { id, name } of [
    { ...before, name: "before" },
    { ...since, name: "since" },
  ]) {
    await alice.waitFor(id, ["ready"], 90_000);
    expect((await alice.api(`/user/alice/${name}/`)).status).toBe(200);
  }
  const jobs = await liveJobs(site.testbed);
  expect(jobs.map((job) => job.name.slice(-12)).sort()).toEqual([before.id, since.id].sort());
  await site.testbed.mustExec("hub", ["rm", "-f", backup]);
});
