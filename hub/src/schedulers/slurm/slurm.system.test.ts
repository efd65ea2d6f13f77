/** The Slurm adapter, the launcher through sudo and the app scripts, on a real cluster. */
import { randomBytes } from "node:crypto";
import { get } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { type Testbed, upTestbed } from "@fairway/testbed/index.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildLauncherCommand, buildOperatorCommand } from "../../transports/local/launcher-command.ts";
import { readPasswordVerdict } from "../../transports/password-verdict.ts";
import { type ActAs, type Exec, LAUNCHER_REFUSED } from "../../transports/types.ts";
import { createScheduler } from "../index.ts";
import { type Harness, makeRequest, makeSessionId, patient, testSchedulerContract, waitForState } from "../testing/contract.ts";
import { startGateway } from "../testing/gateway.ts";
import { type JobRequest, SchedulerUnavailable, SubmitRefused } from "../types.ts";

const launcher = "/usr/libexec/fairway/launcher";
const share = "/opt/fairway/hub/share";
const install = [`${share}/install-node-files`, "--operator", "fairway-operator", "--max-minutes", "120"] as const;
let testbed: Testbed;
let harness: Harness;

beforeAll(async () => {
  testbed = await upTestbed({ name: "slurm-sched" });
  await testbed.mustExec("hub", ["sh", "-c", "mkdir -p /etc/fairway/apps && cat >/etc/fairway/apps/jupyterlab.prologue.sh"], {
    stdin: "PATH=/opt/jupyter/bin:$PATH\n",
  });
  await testbed.mustExec("hub", install);
  const exec: Exec = async (command, { timeoutMs }) => {
    const { code, ...output } = await testbed.exec("hub", command.argv, {
      user: "fairway",
      stdin: command.stdin,
      env: command.env,
      timeoutMs,
    });
    return { exitCode: code ?? 137, stdout: output.stdout, stderr: output.stderr };
  };
  const actAs: ActAs = (user, verb, options) =>
    exec(buildLauncherCommand({ launcher, sudo: true }, user, verb, options.timeoutMs), options);
  harness = {
    scheduler: createScheduler("slurm", { launcher, stateDir: "/var/lib/fairway" }),
    exec,
    actAs,
    user: "alice",
    account: "alice",
  };
});
afterAll(() => testbed?.down());

const asFairway = (...argv: string[]) => testbed.exec("hub", argv, { user: "fairway" });
const launch = (user: string, ...argv: string[]) => asFairway("sudo", "-n", "-H", "-u", user, "--", launcher, ...argv);

testSchedulerContract(() => harness);

describe("refusals of Slurm's own", () => {
  test.each([
    ["carol", {}, /account/i],
    ["alice", { partition: "nosuch" }, /partition/i],
    ["alice", { cpus: 10_000 }, /processors|configuration/i],
    ["alice", { partition: "debug", timeLimitSeconds: 86_400 }, /time limit/i],
    ["alice", { gpus: { type: "nosuch", count: 1 } }, /configuration|gres/i],
  ] as const)("%s with %j", async (user, resources, words) => {
    const base = makeRequest(user);
    const error = await harness.scheduler
      .submit(harness.actAs, { ...base, resources: { ...base.resources, ...resources } }, patient)
      .catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(SubmitRefused);
    expect((error as SubmitRefused).detail).toMatch(words);
  });
});

test("somebody else's job is not cancelled", async () => {
  const { scheduler, actAs } = harness;
  const request = makeRequest("alice");
  const id = await scheduler.submit(actAs, request, patient);
  await expect(scheduler.cancel(actAs, "bob", id, patient)).rejects.toThrow(SchedulerUnavailable);
  expect(await waitForState(harness, request.jobName, ["running"])).toMatchObject({ id });
  await scheduler.cancel(actAs, "alice", id, patient);
});

test.each(["noop", "jupyterlab"])("%s enrols, serves over pinned TLS, and goes when it is stopped", async (app) => {
  const { scheduler, actAs } = harness;
  const sessionId = makeSessionId();
  const token = randomBytes(32).toString("base64url");
  const gateway = await startGateway({ session: sessionId, token }, testbed.layout.gateway);
  const values = { FAIRWAY_ENROL_TOKEN: token, FAIRWAY_ENROL_URL: gateway.url, FAIRWAY_CA: gateway.ca, FAIRWAY_ADDRESS: "ip" };
  const base = makeRequest("alice", { sessionId, app, workingDirectory: "/home/alice", values });
  const request = { ...base, resources: { ...base.resources, memoryBytes: 2 ** 30 } };
  const id = await scheduler.submit(actAs, request, patient);
  expect(await gateway.next("enrol")).toMatchObject({ job: id, restarts: 0, token });
  const { host = "", port = 0 } = await gateway.next("report");
  const path = app === "noop" ? "/user/alice/" : "/user/alice/api/status";
  expect(await ask(host, port, path, gateway.secret)).toBe(200);
  expect(await ask(host, port, path, "wrong")).toBe(403);

  await scheduler.cancel(actAs, "alice", id, patient);
  expect(await gateway.next("report")).toMatchObject({ exit: expect.any(Number) });
  await waitForState(harness, request.jobName, ["cancelled"]);
  const { text } = await scheduler.readLog(actAs, "alice", sessionId, 0, patient);
  expect(text).toMatch(new RegExp(`${app} listens on`));
  for (const secret of [token, gateway.secret]) expect(text).not.toContain(secret);
  for (const node of ["c1", "c2"]) {
    expect(await testbed.mustExec(node, ["find", "/tmp", "-maxdepth", "1", "-name", "fairway-*"])).toBe("");
  }
  await gateway.close();
});

describe("the launcher through sudo", () => {
  test("acts for the people of the site and nobody else", async () => {
    expect((await launch("alice", "cancel", "999999")).code).toBe(0);
    for (const user of ["root", "fairway", "slurm", "www-data"]) expect((await launch(user, "cancel", "1")).code).toBe(1);
    expect((await asFairway("sudo", "-n", "-u", "alice", "--", "/bin/id")).code).toBe(1);
    expect((await asFairway("sudo", "-n", "-u", "alice", "FAIRWAY_LAUNCHER_CONF=/tmp/x", launcher, "cancel", "1")).code).toBe(1);
  });

  test("checks a person's own password, and tells wrong from could-not-ask", async () => {
    const check = async (user: string, password: string) =>
      readPasswordVerdict(await harness.actAs(user, { verb: "check-password", password }, patient));
    expect(await check("alice", "fairway")).toBe(true);
    expect(await check("alice", "fairway ")).toBe(false);
    expect(await check("alice", "$(id)")).toBe(false);
    expect(await check("nosuch", "x")).toBe(false);
    await testbed.mustExec("hub", ["mv", "/usr/bin/pamtester", "/usr/bin/pamtester.away"]);
    await expect(check("alice", "fairway")).rejects.toThrow(/could not be checked/);
    await testbed.mustExec("hub", ["mv", "/usr/bin/pamtester.away", "/usr/bin/pamtester"]);
  });

  test.each([
    ["chmod g+w /etc/fairway/launcher.conf", "chmod 644 /etc/fairway/launcher.conf"],
    ["chown fairway /etc/fairway/launcher.conf", "chown root /etc/fairway/launcher.conf"],
    ["chmod o+w /usr/share/fairway/apps", "chmod 755 /usr/share/fairway/apps"],
    ["chown alice /usr/share/fairway/apps/noop.sh", "chown root /usr/share/fairway/apps/noop.sh"],
    ["sed -i s/UID_MIN=.*/UID_MIN=20000/ /etc/fairway/launcher.conf", "sed -i s/UID_MIN=.*/UID_MIN=1000/ /etc/fairway/launcher.conf"],
    ["sed -i s/GROUPS=.*/GROUPS=staff/ /etc/fairway/launcher.conf", "sed -i s/GROUPS=.*/GROUPS=cluster-users/ /etc/fairway/launcher.conf"],
  ])("refuses after: %s", async (tamper, mend) => {
    await testbed.mustExec("hub", ["sh", "-c", tamper]);
    const result = await harness.actAs("alice", { verb: "submit", app: "noop", options: [], values: makeRequest("alice").values }, patient);
    await testbed.mustExec("hub", ["sh", "-c", mend]);
    expect(result.exitCode).toBe(LAUNCHER_REFUSED);
  });

  test("installing again changes nothing", async () => {
    const fingerprint = () =>
      testbed.mustExec("hub", ["sh", "-c", "cat /etc/sudoers.d/fairway /etc/fairway/launcher.conf /usr/share/fairway/apps/* | sha256sum"]);
    const before = await fingerprint();
    await testbed.mustExec("hub", install);
    expect(await fingerprint()).toBe(before);
  });
});

test("with slurmctld away nothing is refused, nothing is missing: it could not be asked", async () => {
  const { scheduler, actAs, exec } = harness;
  await testbed.fault("stop", "slurmctld");
  try {
    const calls = [
      scheduler.list(exec, { namePrefix: "fairway-", users: ["alice"] }, patient),
      scheduler.submit(actAs, makeRequest("alice"), patient),
      scheduler.cancel(actAs, "alice", "1", patient),
      scheduler.version(exec, patient),
    ];
    for (const { status, reason } of (await Promise.allSettled(calls)) as PromiseRejectedResult[]) {
      expect([status, reason]).toEqual(["rejected", expect.any(SchedulerUnavailable)]);
    }
  } finally {
    await testbed.fault("start", "slurmctld");
  }
  await testbed.fault("stop", "slurmdbd");
  try {
    const query = { jobIds: ["1"], jobNames: [], sinceMs: 0 };
    await expect(scheduler.history(exec, query, patient)).rejects.toThrow(SchedulerUnavailable);
  } finally {
    await testbed.fault("start", "slurmdbd");
  }
});

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
      await sleep(200);
    }
    for (const id of ids) await scheduler.cancel(actAs, "alice", id, patient);
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
    expect((await scheduler.list(exec, { namePrefix: "fairway-trial", users: null }, patient)).length).toBe(0);
  });

  test("what a job used", async () => {
    const { scheduler, actAs, exec } = harness;
    const request = ask({});
    const id = await scheduler.submit(actAs, request, patient);
    await waitForState(harness, request.jobName, ["running"]);
    expect(await tell().usage(exec, [id], patient)).toEqual([]);
    await scheduler.cancel(actAs, "alice", id, patient);
    await waitForState(harness, request.jobName, ["cancelled"]);
    let [usage] = (await tell().usage(exec, [id, "999999"], patient)) ?? [];
    while (usage?.cpuSeconds == null) {
      await sleep(500);
      [usage] = (await tell().usage(exec, [id, "999999"], patient)) ?? [];
    }
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
  const operator = { account: "fairway-operator", script: "/usr/libexec/fairway/operator" };
  const extend = (minutes: number) =>
    exec(buildOperatorCommand(operator, insight?.buildExtendArguments(id, request.jobName, minutes) ?? []), patient);
  expect((await extend(121)).stderr).toContain("at most 120 minutes");
  expect((await extend(10)).exitCode).toBe(LAUNCHER_REFUSED);
  expect(await extend(90)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  expect((await waitForState(harness, request.jobName, ["running"])).endsAt).toBe((startedAt ?? 0) + 90 * 60_000);
  expect((await asFairway("sudo", "-n", "-u", "fairway-operator", "--", "/usr/bin/scontrol", "ping")).code).toBe(1);
  expect((await asFairway("sudo", "-n", "-u", "fairway-operator", "--", launcher, "cancel", id)).code).toBe(1);
  await scheduler.cancel(actAs, "alice", id, patient);
});

/** As the edge asks: over TLS, the secret in a header. */
function ask(host: string, port: number, path: string, secret: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { host, port, path, rejectUnauthorized: false, agent: false, headers: { authorization: `token ${secret}` } };
    get(options, (reply) => {
      reply.resume().on("end", () => resolve(reply.statusCode));
    }).on("error", reject);
  });
}
