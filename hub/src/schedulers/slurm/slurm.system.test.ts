/** The Slurm adapter, the launcher through sudo and the app scripts, on a real cluster. */
import { randomBytes } from "node:crypto";
import { get } from "node:https";
import { type Testbed, upTestbed } from "@fairway/testbed/index.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readPasswordVerdict } from "../../transports/password-verdict.ts";
import { LAUNCHER_REFUSED } from "../../transports/types.ts";
import { type Harness, makeRequest, makeSessionId, patient, testSchedulerContract, waitForState } from "../testing/contract.ts";
import { startGateway } from "../testing/gateway.ts";
import { INSTALL, LAUNCHER, openSlurm } from "../testing/slurm-on-testbed.ts";
import { SchedulerUnavailable, SubmitRefused } from "../types.ts";

let testbed: Testbed;
let harness: Harness;

beforeAll(async () => {
  testbed = await upTestbed({ name: "slurm-sched" });
  await testbed.mustExec("hub", ["sh", "-c", "mkdir -p /etc/fairway/apps && cat >/etc/fairway/apps/jupyterlab.prologue.sh"], {
    stdin: "PATH=/opt/jupyter/bin:$PATH\n",
  });
  harness = await openSlurm(testbed);
});
afterAll(() => testbed?.down());

const asFairway = (...argv: string[]) => testbed.exec("hub", argv, { user: "fairway" });
const launch = (user: string, ...argv: string[]) => asFairway("sudo", "-n", "-H", "-u", user, "--", LAUNCHER, ...argv);

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
  await expect(scheduler.cancel(actAs, "bob", { id, name: request.jobName }, patient)).rejects.toThrow(SchedulerUnavailable);
  expect(await waitForState(harness, request.jobName, ["running"])).toMatchObject({ id });
  await scheduler.cancel(actAs, "alice", { id, name: request.jobName }, patient);
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
  const enrolment = await gateway.next("enrol");
  expect(enrolment).toMatchObject({ job: id, restarts: 0, token });
  const { host, port } = enrolment;
  const path = app === "noop" ? "/user/alice/" : "/user/alice/api/status";
  // It does not say when it listens: the gateway asks until it answers.
  await expect.poll(() => ask(host, port, path, gateway.secret).catch(() => null), { timeout: 90_000 }).toBe(200);
  expect(await ask(host, port, path, "wrong")).toBe(403);
  const readLog = async () => (await scheduler.readLog(actAs, "alice", sessionId, 0, patient)).text;
  await expect.poll(readLog).toMatch(new RegExp(`${app} listens on`));

  await scheduler.cancel(actAs, "alice", { id, name: request.jobName }, patient);
  expect(await gateway.next("report")).toMatchObject({ exit: expect.any(Number) });
  await waitForState(harness, request.jobName, ["cancelled"]);
  const text = await readLog();
  for (const secret of [token, gateway.secret]) expect(text).not.toContain(secret);
  // Slurm says "cancelled" while the script still cleans up behind itself.
  for (const node of ["c1", "c2"]) {
    await expect.poll(() => testbed.mustExec(node, ["find", "/tmp", "-maxdepth", "1", "-name", "fairway-*"])).toBe("");
  }
  await gateway.close();
});

describe("the launcher through sudo", () => {
  test("acts for the people of the site and nobody else", async () => {
    expect((await launch("alice", "cancel", "999999", "fw-x")).stderr).toContain("Invalid job id specified");
    for (const user of ["root", "fairway", "slurm", "www-data"]) expect((await launch(user, "cancel", "1")).code).toBe(1);
    expect((await asFairway("sudo", "-n", "-u", "alice", "--", "/bin/id")).code).toBe(1);
    expect((await asFairway("sudo", "-n", "-u", "alice", "FAIRWAY_LAUNCHER_CONF=/tmp/x", LAUNCHER, "cancel", "1")).code).toBe(1);
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
    await testbed.mustExec("hub", INSTALL);
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
      scheduler.cancel(actAs, "alice", { id: "1", name: "fw-x" }, patient),
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

/** As the edge asks: over TLS, the secret in a header. */
function ask(host: string, port: number, path: string, secret: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { host, port, path, rejectUnauthorized: false, agent: false, headers: { authorization: `token ${secret}` } };
    get(options, (reply) => {
      reply.resume().on("end", () => resolve(reply.statusCode));
    }).on("error", reject);
  });
}
