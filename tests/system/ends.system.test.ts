/** How sessions end, for real: what Slurm, its accounting and the job's log leave behind, and what people are told of it. */
import { setTimeout as delay } from "node:timers/promises";
import type { LogChunk, Session } from "@fairway/contract/sessions.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Fixture, type Person, startSite, until } from "./fixture.ts";

/** Apps that end badly; the shell's own words and Python's are what people would find in their logs. */
const APPS = {
  nowhere: "app_run() { exec jupyter-lab-nope --no-browser; }",
  // Writes to a page of each, or the kernel would not count it. A host without limits ends it as the kernel would.
  hungry: `app_run() { exec python3 -c 'import os; x = bytearray(os.urandom(1)) * (600 * 2**20); os.kill(os.getpid(), 9)'; }`,
  quota: `app_run() { exec python3 -c 'import errno, os; raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT), "/home/alice/.local")'; }`,
};

const profile = (name: string, app: string, resources: object) => ({ name, title: name, app, cluster: "testbed", resources });
const PROFILES = [
  profile("limited", "noop", { cpus: 1, memory: "200M", time: "1m" }),
  profile("lonely", "noop", { cpus: 1, memory: "200M", time: "1h", partition: "gpu" }),
  ...Object.keys(APPS).map((app) => profile(app, app, { cpus: 1, memory: "200M", time: "10m" })),
];

let site: Fixture;
let alice: Person;
const ids = new Map<string, string>();
const idOf = (name: string): string => ids.get(name) ?? "";
/** Where the slow ones run: the shortest may have ended by the time that it is looked at. */
const nodes = new Map<string, string | null>();

beforeAll(async () => {
  const apps = Object.fromEntries(Object.keys(APPS).map((name) => [name, { title: name }]));
  site = await startSite("ends", 18_113, { config: { profiles: PROFILES, apps } });
  for (const [name, text] of Object.entries(APPS))
    await site.testbed.mustExec("hub", ["tee", `/etc/fairway/apps/${name}.app.sh`], { stdin: `${text}\n` });
  await site.testbed.mustExec("hub", ["sh", "/opt/fairway/hub/share/install-node-files"]);
  alice = await site.person("alice");
  // The slow ends begin at once: the others are looked at meanwhile. One after the other: Slurm fills a node that is
  // in use before an empty one, and each shall have a node of its own.
  for (const name of ["limited", "lonely"]) {
    ids.set(name, (await alice.launch({ profile: name, name })).id);
    const { job } = await alice.waitFor(idOf(name), ["starting", "ready"]);
    nodes.set(name, job?.node ?? null);
  }
});
afterAll(() => site?.end());

/** Ended, and everything found out that there is. */
async function settled(name: string): Promise<Session> {
  await alice.waitFor(idOf(name), ["ended"], 150_000);
  return until(`the end of ${name} to be explained`, 90_000, async () => {
    const session = await alice.session(idOf(name));
    return session.ending !== null && session.usage !== null && session;
  });
}

async function ended(name: string): Promise<Session> {
  ids.set(name, (await alice.launch({ profile: name, name })).id);
  await alice.waitFor(idOf(name), ["ended"], 60_000);
  return until(`the cause of ${name}`, 30_000, async () => {
    const session = await alice.session(idOf(name));
    return session.ending !== null && session;
  });
}

test("the limited one and the lonely one run, on nodes of their own", async () => {
  expect([nodes.get("limited"), nodes.get("lonely")]).toEqual(["c1", "c2"]);
  const lonely = await alice.waitFor(idOf("lonely"), ["ready"]);
  // Else Slurm would start it anew elsewhere, and it would not end.
  await site.testbed.mustExec("login", ["scontrol", "update", `JobId=${lonely.job?.id}`, "Requeue=0"], { user: "alice" });
  // Until Slurm has noticed, the next job might be sent there, too.
  await site.testbed.mustExec("head", ["scontrol", "update", "NodeName=c2", "State=DRAIN", "Reason=test"]);
  await site.testbed.fault("power-off", "c2");
});

test("a program that is not there is named; the log was told from its first line to its last", async () => {
  const { id } = await alice.launch({ profile: "nowhere", name: "nowhere" });
  ids.set("nowhere", id);
  const log = await followLog(id);
  expect(log).toMatch(/^\S+ \S+ {2}Job \d+ on c1: starting nowhere\.\n/);
  expect(log).toMatch(/Ended with exit code 127\.\n/);
  const session = await until("the cause", 30_000, async () => {
    const now = await alice.session(id);
    return now.ending !== null && now;
  });
  expect(session).toMatchObject({ reason: "failed", exitCode: 127, label: "Failed", ending: { cause: "command_not_found" } });
  expect(session.line).toBe("A program was not found on its node: jupyter-lab-nope.");
  expect(session.ending?.lastLines.join("\n")).toContain("jupyter-lab-nope: not found");
});

test("a quota that is used up is found in the log", async () => {
  const session = await ended("quota");
  expect(session).toMatchObject({ reason: "failed", exitCode: 1, line: "Its log says that your disk quota is used up." });
  expect(session.ending?.lastLines.join("\n")).toContain("Disk quota exceeded: '/home/alice/.local'");
});

test("what needed more memory than it had says so, as far as this host enforces it", async () => {
  const session = await ended("hungry");
  const config = await site.testbed.mustExec("head", ["scontrol", "show", "config"]);
  const isEnforced = /^TaskPlugin\s*=.*task\/cgroup/m.test(config);
  expect(session.ending?.lastLines.join("\n")).toContain("Ended with exit code 137.");
  if (isEnforced) {
    expect(session).toMatchObject({ reason: "out_of_memory", ending: { cause: "out_of_memory" } });
    expect(session.line).toBe("It ran out of memory: it had 200 MB.");
  } else {
    expect(session).toMatchObject({ reason: "failed", exitCode: 137, ending: { cause: "killed", line: "It was killed (signal 9)." } });
  }
});

test("a node that was powered off is the cause, and nothing the person did", async () => {
  const session = await settled("lonely");
  expect(session).toMatchObject({ reason: "node_fail", line: "Its node c2 failed. Nothing you did.", ending: { cause: "node_failure" } });
  expect(session.ending?.lastLines.join("\n")).toContain("on c2: starting noop.");
  expect(session.usage?.elapsedSeconds).toBeGreaterThan(0);
});

test("the time limit is the cause, and accounting tells what was used of what was asked", async () => {
  const session = await settled("limited");
  expect(session).toMatchObject({ reason: "walltime", label: "Time was up", ending: { cause: "time_limit" } });
  expect(session.line).toContain("Its time limit of 1 min was reached.");
  const { usage } = session;
  expect(usage?.elapsedSeconds).toBeGreaterThanOrEqual(60);
  const [row = ""] = (
    await site.testbed.mustExec("head", ["sacct", "-nPXj", session.job?.id ?? "", "--format=ElapsedRaw,AllocCPUS"])
  ).split("\n");
  expect(`${usage?.elapsedSeconds}|1`).toBe(row);
  expect(usage?.maxMemoryBytes).toBeGreaterThan(2 ** 20);
  expect(usage?.memoryFraction).toBeCloseTo((usage?.maxMemoryBytes ?? 0) / (200 * 2 ** 20), 5);
  expect(usage?.cpuFraction).toBeCloseTo((usage?.cpuSeconds ?? -1) / (usage?.elapsedSeconds ?? 1), 5);
});

test("all of it is in the history, page by page", async () => {
  const names: string[] = [];
  let before = "";
  for (let page = 0; page < 10; page += 1) {
    const { sessions } = await alice.json<{ sessions: Session[] }>(`/api/v1/sessions?show=ended&limit=2${before}`);
    names.push(...sessions.map(({ name }) => name));
    before = `&before=${sessions.at(-1)?.createdAt}`;
    if (sessions.length < 2) break;
  }
  expect(names.toSorted()).toEqual([...ids.keys()].toSorted());
});

/** The whole log over its stream, until it says that there is no more. */
async function followLog(id: string): Promise<string> {
  let text = "";
  for (let offset = 0; ; await delay(200)) {
    const answer = await alice.api(`/api/v1/sessions/${id}/log/events?offset=${offset}`, { headers: { accept: "text/event-stream" } });
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    let rest = "";
    for await (const bytes of answer.body ?? []) {
      const blocks = (rest + Buffer.from(bytes).toString("utf8")).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks.filter((one) => one.startsWith("data: "))) {
        const chunk = JSON.parse(block.slice(6)) as LogChunk;
        expect(chunk.offset).toBe(offset);
        text += chunk.text;
        offset = chunk.nextOffset;
        if (chunk.state === "complete") return text;
      }
    }
  }
}
