/**
 * The controller goes away: sessions stay, nothing is declared ended, launches wait and say why. It
 * comes back: all catch up.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runVerb } from "../../deploy/demo/site.ts";
import { type Fixture, liveJobs, type Person, startSite, until } from "./fixture.ts";

const AWAY_MS = Number(process.env.FAIRWAY_OUTAGE_MS ?? 120_000);

let site: Fixture;
let alice: Person;

beforeAll(async () => {
  site = await startSite("outage", 18_102);
  alice = await site.person("alice");
});
afterAll(async () => site?.end());

test(
  "slurmctld stopped and started again",
  async () => {
    const running = await alice.launch({ profile: "noop", name: "running" });
    await alice.waitFor(running.id, ["ready"]);
    await site.testbed.fault("stop", "slurmctld");
    await until("the outage to be noticed", 60_000, async () => {
      const { clusters } = await alice.json<{ clusters: { awaySince: number | null }[] }>("/api/v1/clusters");
      return clusters[0]?.awaySince != null;
    });
    const waiting = await alice.launch({ profile: "noop", name: "waiting" });
    await delay(AWAY_MS);

    expect((await alice.session(running.id)).state).toBe("ready");
    expect((await alice.api("/user/alice/running/")).status).toBe(200);
    const told = await alice.session(waiting.id);
    expect(["requested", "submitting"]).toContain(told.state);
    expect(told.cluster.awaySince).not.toBeNull();
    expect(`${told.line} ${told.next}`).toContain("does not answer");

    await site.testbed.fault("start", "slurmctld");
    await alice.waitFor(waiting.id, ["ready"], 90_000);
    expect((await alice.session(running.id)).state).toBe("ready");
    const jobs = await liveJobs(site.testbed);
    expect(jobs.map((job) => job.name.slice(-12)).sort()).toEqual([running.id, waiting.id].sort());
    await alice.stop(running.id);
    await alice.stop(waiting.id);
  },
  AWAY_MS + 240_000,
);

test("a stop asked for while the controller is away is carried out when it is back", async () => {
  const { id } = await alice.launch({ profile: "noop" });
  await alice.waitFor(id, ["ready"]);
  await site.testbed.fault("stop", "slurmctld");
  await alice.json(`/api/v1/sessions/${id}`, { method: "DELETE" });
  await delay(3000);
  expect((await alice.session(id)).state).toBe("stopping");
  await site.testbed.fault("start", "slurmctld");
  expect((await alice.waitFor(id, ["ended"], 90_000)).reason).toBe("stopped");
  expect(await liveJobs(site.testbed)).toEqual([]);
});

test("accounting away: launches and stops go on, and how it ended is still known", async () => {
  await site.testbed.fault("stop", "slurmdbd");
  const { id } = await alice.launch({ profile: "noop" });
  await alice.waitFor(id, ["ready"]);
  await alice.stop(id);
  expect((await alice.session(id)).reason).toBe("stopped");
  await site.testbed.fault("start", "slurmdbd");
});

test("a job cancelled outside Fairway, and one held and released, are told as such", async () => {
  const cancelled = await alice.launch({ profile: "noop", name: "cancelled" });
  const { job } = await alice.waitFor(cancelled.id, ["ready"]);
  await site.testbed.mustExec("login", ["scancel", job?.id ?? ""], { user: "alice" });
  expect((await alice.waitFor(cancelled.id, ["ended"])).reason).toBe("cancelled");

  await site.testbed.mustExec("head", ["scontrol", "update", "NodeName=c1,c2", "State=DRAIN", "Reason=test"]);
  const held = await alice.launch({ profile: "noop", name: "held" });
  const pending = await alice.waitFor(held.id, ["pending"]);
  await site.testbed.mustExec("login", ["scontrol", "hold", pending.job?.id ?? ""], { user: "alice" });
  await alice.waitFor(held.id, ["held"]);
  await site.testbed.mustExec("login", ["scontrol", "release", pending.job?.id ?? ""], { user: "alice" });
  await site.testbed.mustExec("head", ["scontrol", "update", "NodeName=c1,c2", "State=RESUME"]);
  await alice.waitFor(held.id, ["ready"]);
  await alice.stop(held.id);
});

test("a node that loses power: the session ends as a node failure, or starts again elsewhere as the same session", async () => {
  const { id } = await alice.launch({ profile: "noop" });
  const { job } = await alice.waitFor(id, ["ready"]);
  await site.testbed.fault("power-off", job?.node ?? "");
  await alice.waitFor(id, ["unreachable", "pending", "ended"], 120_000);
  const after = await alice.waitFor(id, ["ended", "pending", "ready"], 120_000);
  if (after.state === "ended") expect(after.reason).toBe("node_fail");
  else expect(after.job?.id).toBe(job?.id);
  await site.testbed.fault("power-on", job?.node ?? "");
  if (after.state !== "ended") await alice.stop(id);
});

test("the doctor tells which nodes cannot be reached, and what to do", async () => {
  expect((await runVerb(site.testbed, "doctor")).stdout).toContain("c1, c2 can be reached");
  await site.testbed.fault("cut", "c1");
  const told = await runVerb(site.testbed, "doctor");
  await site.testbed.fault("heal", "c1");
  expect(told.code).toBe(1);
  expect(told.stdout).toMatch(/fail {2}testbed: c1 cannot be reached from here on port 20000\n\s+-> Let this machine through/);
});
