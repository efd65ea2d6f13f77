/** What Slurm tells of itself, and the operator's one right, on a real cluster. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Testbed, upTestbed } from "@fairway/testbed/index.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOperatorCommand } from "../../transports/local/launcher-command.ts";
import { LAUNCHER_REFUSED } from "../../transports/types.ts";
import { type Harness, makeRequest, patient, waitForState } from "../testing/contract.ts";
import { LAUNCHER, MAX_MINUTES, OPERATOR, openSlurm } from "../testing/slurm-on-testbed.ts";
import type { JobRequest } from "../types.ts";

let testbed: Testbed;
let harness: Harness;

beforeAll(async () => {
  testbed = await upTestbed({ name: "slurm-tells" });
  harness = await openSlurm(testbed);
});
afterAll(() => testbed?.down());

describe("what Slurm tells of itself", () => {
  const tell = () => {
    const { insight } = harness.scheduler;
    if (insight === null) throw new Error("Slurm has much to tell");
    return insight;
  };
  const ask = (changes: Partial<JobRequest["resources"]>, user = "alice") => {
    const base = makeRequest(user);
    return { ...base, resources: { ...base.resources, ...changes } };
  };

  test("its rules", async () => {
    const rules = await tell().rules(harness.exec, patient);
    expect(rules.partitions.find(({ name }) => name === "debug")).toMatchObject({ state: "UP", maxTimeSeconds: 1800, isDefault: false });
    const accountsOf = (user: string) => rules.associations?.filter((row) => row.user === user).map(({ account }) => account);
    expect([accountsOf("alice"), accountsOf("carol")]).toEqual([["physics"], []]);
    expect(rules.associations?.filter(({ user, isDefaultAccount }) => user === "bob" && isDefaultAccount)).toMatchObject([
      { account: "physics" },
    ]);
    expect(rules.qos.find(({ name }) => name === "capped")).toMatchObject({ maxTresPerJob: { cpu: 2 }, isDenyOnLimit: true });
    expect(rules).toMatchObject({ enforcesQos: true, accountParents: { physics: "root" }, reservations: [] });
  });

  test("its rules without slurmdbd", async () => {
    await testbed.fault("stop", "slurmdbd");
    try {
      const rules = await tell().rules(harness.exec, patient);
      expect(rules).toMatchObject({ associations: null, isAccountingAway: true });
      expect(rules.partitions).toHaveLength(3);
    } finally {
      await testbed.fault("start", "slurmdbd");
    }
  });

  test("its nodes, and who waits for them", async () => {
    const { scheduler, actAs, exec } = harness;
    const requests = [ask({ qos: "limited" }), ask({ qos: "limited" })];
    const ids = await Promise.all(requests.map((request) => scheduler.submit(actAs, request, patient)));
    const deadline = Date.now() + 60_000;
    for (;;) {
      const { nodes, pending } = await tell().present(exec, patient);
      const [waits] = pending.filter(({ id, reason }) => ids.includes(id) && reason?.startsWith("QOSMaxJobs"));
      expect(nodes.map(({ name, cpus, gpus }) => [name, cpus.total, gpus.length])).toEqual([
        ["c1", 16, 0],
        ["c2", 16, 1],
      ]);
      if (waits !== undefined && nodes.some(({ cpus }) => cpus.free === 15)) {
        expect(waits).toMatchObject({ partitions: ["batch"], priority: expect.any(Number), expectedStart: null });
        break;
      }
      expect(Date.now(), "one of them has begun, and the other waits for it").toBeLessThan(deadline);
      await sleep(200);
    }
    for (const [index, id] of ids.entries()) await scheduler.cancel(actAs, "alice", { id, name: requests[index]?.jobName ?? "" }, patient);
  });

  test("what it would say to a submission", async () => {
    const { exec, actAs, scheduler } = harness;
    const before = Date.now();
    const said = await tell().trial(actAs, ask({}), patient);
    expect(said).toMatchObject({ kind: "would-start" });
    expect("at" in said && Math.abs(said.at - before)).toBeLessThan(12 * 3_600_000);
    expect(await tell().trial(actAs, ask({ cpus: 10_000 }), patient)).toMatchObject({ kind: "refused" });
    expect(await tell().trial(actAs, ask({}, "carol"), patient)).toMatchObject({
      kind: "refused",
      detail: expect.stringMatching(/account/),
    });
    expect(await tell().trial(actAs, ask({ qos: "capped", cpus: 4, timeLimitSeconds: 300 }), patient)).toMatchObject({
      detail: expect.stringContaining("QOSMaxCpuPerJobLimit"),
    });
    expect((await scheduler.list(exec, { namePrefix: "fairway-trial", users: null }, patient)).jobs).toEqual([]);
  });

  test("what a job used", async () => {
    const { scheduler, actAs, exec } = harness;
    const request = ask({});
    const id = await scheduler.submit(actAs, request, patient);
    const name = request.jobName;
    await waitForState(harness, request.jobName, ["running"]);
    expect(await tell().usage(exec, [{ id, name }], patient)).toEqual([]);
    await scheduler.cancel(actAs, "alice", { id, name: request.jobName }, patient);
    await waitForState(harness, request.jobName, ["cancelled"]);
    const asked = [
      { id, name },
      { id: "999999", name: "fw-none" },
    ];
    let [usage] = (await tell().usage(exec, asked, patient)) ?? [];
    const deadline = Date.now() + 60_000;
    while (usage?.cpuSeconds == null) {
      expect(Date.now(), "accounting tells what it used").toBeLessThan(deadline);
      await sleep(500);
      [usage] = (await tell().usage(exec, asked, patient)) ?? [];
    }
    // The number is not enough: it may be another job's by now.
    expect(await tell().usage(exec, [{ id, name: "fw-another" }], patient)).toEqual([]);
    expect(usage).toMatchObject({ jobId: id, state: "CANCELLED", allocatedCpus: 1, requestedMemoryBytes: 64 * 2 ** 20, gpuFraction: null });
  });
});

test("the operator gives a running session more time, up to the site's maximum", async () => {
  const { scheduler, actAs, exec } = harness;
  const { insight } = scheduler;
  const base = makeRequest("alice");
  const request = { ...base, jobName: `fw-test-${base.sessionId}` };
  const id = await scheduler.submit(actAs, request, patient);
  const { startedAt } = await waitForState(harness, request.jobName, ["running"]);
  const extend = (minutes: number) =>
    exec(buildOperatorCommand(OPERATOR, insight?.buildExtendArguments(id, request.jobName, minutes) ?? []), patient);
  expect((await extend(MAX_MINUTES + 1)).stderr).toContain(`at most ${MAX_MINUTES} minutes`);
  expect((await extend(10)).exitCode).toBe(LAUNCHER_REFUSED);
  expect(await extend(90)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  expect((await waitForState(harness, request.jobName, ["running"])).endsAt).toBe((startedAt ?? 0) + 90 * 60_000);
  for (const other of [
    ["/usr/bin/scontrol", "ping"],
    [LAUNCHER, "cancel", id],
  ] as const) {
    const argv = ["sudo", "-n", "-u", OPERATOR.account, "--", ...other] as const;
    expect((await exec({ argv }, patient)).exitCode).toBe(1);
  }
  await scheduler.cancel(actAs, "alice", { id, name: request.jobName }, patient);
});
