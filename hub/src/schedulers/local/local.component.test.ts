/** The local scheduler on real processes. */
import { appendFileSync, chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLocalTransport } from "../../transports/local/index.ts";
import { createScheduler } from "../index.ts";
import { type Harness, makeRequest, patient, testSchedulerContract, waitForState } from "../testing/contract.ts";
import { FolderRefused, SchedulerUnavailable, SubmitRefused } from "../types.ts";
import { createLocalLauncher, toLocalDirectory } from "./launcher.ts";

let stateDir: string;
let siteApps: string;
let harness: Harness;

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "fairway-local-"));
  siteApps = mkdtempSync(join(tmpdir(), "fairway-apps-"));
  harness = openHarness();
});
afterEach(async () => {
  const { scheduler, exec, actAs, user } = harness;
  const { jobs } = await scheduler.list(exec, { namePrefix: "", users: null }, patient);
  for (const job of jobs) await scheduler.cancel(actAs, user, job, patient);
  for (const folder of [stateDir, siteApps]) rmSync(folder, { recursive: true, force: true });
});

/** As a hub that starts: nothing is kept from an earlier one but the folder. */
function openHarness(): Harness {
  const account = userInfo().username;
  const { launcher, env } = createLocalLauncher(stateDir, { PATH: process.env.PATH ?? "", HOME: tmpdir() }, siteApps);
  const transport = createLocalTransport({ launcher, env, sudo: false, serviceAccount: account });
  return {
    scheduler: createScheduler("local", { launcher, stateDir }),
    exec: transport.exec,
    actAs: transport.actAs,
    user: "alice",
    account,
  };
}

/** An app of the site's: a job script that runs these lines and nothing else. */
function addApp(name: string, script: string): void {
  writeFileSync(join(siteApps, `${name}.app.sh`), `main() {\n${script}\n}\n`);
  writeFileSync(join(siteApps, `${name}.epilogue.sh`), "");
}

async function submit(app: string, changes: { timeLimitSeconds?: number | null } = {}): Promise<string> {
  const base = makeRequest("alice", { app });
  const request = { ...base, resources: { ...base.resources, timeLimitSeconds: changes.timeLimitSeconds ?? 600 } };
  return harness.scheduler.submit(harness.actAs, request, patient);
}

testSchedulerContract(() => harness);

test("exit codes are kept, also for a hub that starts later", async () => {
  addApp("three", "exit 3");
  addApp("zero", "exit 0");
  const [three, zero] = [await submit("three"), await submit("zero")];
  harness = openHarness();
  expect(await waitForState(harness, three, ["failed"])).toMatchObject({ exitCode: 3 });
  expect(await waitForState(harness, zero, ["completed"])).toMatchObject({ exitCode: 0 });
});

test("the time limit ends a job, also one that does not listen", async () => {
  addApp("long", "sleep 600");
  const job = await waitForState(harness, await submit("long", { timeLimitSeconds: 1 }), ["timeout"]);
  expect(job.endsAt).toBeGreaterThanOrEqual((job.startedAt ?? Number.NaN) + 1000);
});

test("cancel ends the app and what it started, and the script may save first", async () => {
  addApp("saver", `trap 'echo saved >"${stateDir}/saved"; exit 0' TERM; sleep 600 & echo $! >"${stateDir}/child"; wait`);
  const id = await submit("saver");
  await waitForFile("child");
  await harness.scheduler.cancel(harness.actAs, "alice", { id, name: id }, patient);
  expect(await waitForState(harness, id, ["cancelled"])).toMatchObject({ exitCode: 0 });
  expect(readFileSync(join(stateDir, "saved"), "utf8")).toBe("saved\n");
  const child = readFileSync(join(stateDir, "child"), "utf8").trim();
  await expect.poll(() => readdirSync("/proc")).not.toContain(child);
});

test("a job whose processes were killed is told as lost, not as running", async () => {
  addApp("long", "sleep 600");
  const id = await submit("long");
  await waitForState(harness, id, ["running"]);
  const pid = Number(readFileSync(join(toLocalDirectory(stateDir), id, "pid"), "utf8").split(" ")[0]);
  let child = Number.NaN;
  const isLeading = () => {
    child = childOf(pid);
    return statOf(child)[2] === String(child);
  };
  // It is there a moment before it leads a group of its own.
  await expect.poll(isLeading).toBe(true);
  process.kill(pid, "SIGKILL");
  process.kill(-child, "SIGKILL");
  expect(await waitForState(harness, id, ["node_fail"])).toMatchObject({ rawState: "LOST", exitCode: null });
});

test("somebody else's process with the same number is not taken for the job", async () => {
  addApp("long", "sleep 600");
  const id = await submit("long");
  await waitForState(harness, id, ["running"]);
  const file = join(toLocalDirectory(stateDir), id, "pid");
  const own = readFileSync(file, "utf8");
  writeFileSync(
    file,
    own.replace(/^(\d+) (\d+)/, (_, pid: string, start: string) => `${pid} ${Number(start) + 1}`),
  );
  expect(await waitForState(harness, id, ["node_fail"])).toMatchObject({ rawState: "LOST" });
  writeFileSync(file, own);
});

test("a submission that died before its job started never starts it later", async () => {
  addApp("long", `echo ran >"${stateDir}/ran"; sleep 600`);
  const id = await submit("long");
  await waitForState(harness, id, ["running"]);
  // As if the machine had stopped between the record and the start: no claim, no process, an old record.
  const directory = toLocalDirectory(stateDir);
  await harness.exec({ argv: ["cp", "-r", join(directory, id), join(directory, "fairway-dead")] }, patient);
  for (const file of ["pid", "claim"]) rmSync(join(directory, "fairway-dead", file), { recursive: true });
  writeFileSync(join(directory, "fairway-dead", "spec"), "1000000000 600 root\n");
  expect(await waitForState({ ...harness, account: "root" }, "fairway-dead", ["failed"])).toMatchObject({ rawState: "NOT_STARTED" });
});

test("the same name is not submitted twice", async () => {
  const request = makeRequest("alice");
  await harness.scheduler.submit(harness.actAs, request, patient);
  await expect(harness.scheduler.submit(harness.actAs, request, patient)).rejects.toThrow(SubmitRefused);
});

test("a job's record holds no secret, and only its account can read it", async () => {
  const request = makeRequest("alice");
  const id = await harness.scheduler.submit(harness.actAs, request, patient);
  const { stdout } = await harness.exec(
    { argv: ["grep", "-r", request.values.FAIRWAY_ENROL_TOKEN ?? "", toLocalDirectory(stateDir)] },
    patient,
  );
  expect(stdout).toBe("");
  const { stdout: modes } = await harness.exec(
    { argv: ["stat", "-c", "%a", toLocalDirectory(stateDir), join(toLocalDirectory(stateDir), id)] },
    patient,
  );
  expect(modes).toBe("700\n700\n");
});

test("folders are listed as this account sees them", async () => {
  const { scheduler, actAs } = harness;
  addApp("zero", "exit 0");
  const { path, entries } = await scheduler.listFiles(actAs, "alice", siteApps, patient);
  expect([path, entries.map(({ name }) => name)]).toEqual([siteApps, ["zero.app.sh", "zero.epilogue.sh"]]);
  expect((await scheduler.listFiles(actAs, "alice", "", patient)).path).toBe(tmpdir());
  await expect(scheduler.listFiles(actAs, "alice", "/nonexistent", patient)).rejects.toThrow(FolderRefused);
});

test("records that ended long ago are forgotten", async () => {
  addApp("zero", "exit 0");
  const id = await submit("zero");
  await waitForState(harness, id, ["completed"]);
  const old = Date.now() / 1000 - 40 * 86_400;
  utimesSync(join(toLocalDirectory(stateDir), id, "exit"), old, old);
  await submit("zero");
  expect(readdirSync(toLocalDirectory(stateDir))).not.toContain(id);
});

test("a list that cannot be read whole is no list", async () => {
  const broken = join(siteApps, "broken");
  writeFileSync(broken, "#!/bin/sh\nprintf 'a\\tRUNNING\\t-\\t1\\t1\\t-\\tx\\t\\nEND 2\\n'\n");
  chmodSync(broken, 0o755);
  const scheduler = createScheduler("local", { launcher: broken, stateDir });
  const query = { namePrefix: "", users: null };
  await expect(scheduler.list(harness.exec, query, patient)).rejects.toThrow(SchedulerUnavailable);
  appendFileSync(broken, "exit 1\n");
  await expect(scheduler.list(harness.exec, query, patient)).rejects.toThrow(SchedulerUnavailable);
  await expect(createScheduler("local", { launcher: "/nonexistent", stateDir }).list(harness.exec, query, patient)).rejects.toThrow(
    SchedulerUnavailable,
  );
});

async function waitForFile(name: string): Promise<void> {
  await expect.poll(() => readdirSync(stateDir)).toContain(name);
}

function childOf(parent: number): number {
  const isChild = (pid: string) => /^\d+$/.test(pid) && statOf(Number(pid))[1] === String(parent);
  return Number(readdirSync("/proc").find(isChild));
}

/** State, parent, group and more; nothing of one that has ended. */
function statOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
  } catch {
    return [];
  }
}
