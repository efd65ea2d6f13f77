/** Why it waits, when it starts, and what would start at once: what people are told is held against Slurm itself. */
import type { Alternative, LaunchCheck } from "@fairway/contract/launching.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import type { Testbed } from "@fairway/testbed/index.ts";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Fixture, liveJobs, type Person, startSite, until } from "./fixture.ts";

const PROFILE = {
  name: "sized",
  title: "Sized",
  app: "noop",
  cluster: "testbed",
  resources: { memory: "500M" },
  options: [
    { name: "cpus", label: "Cores", kind: "number", sets: "cpus", min: 1, max: 16, default: 8 },
    { name: "minutes", label: "Minutes", kind: "number", sets: "minutes", min: 10, max: 240, step: 10, default: 60 },
    {
      name: "partition",
      label: "Partition",
      kind: "choice",
      sets: "partition",
      default: "batch",
      choices: [
        { value: "batch", label: "Batch" },
        { value: "debug", label: "Debug" },
      ],
    },
  ],
};
const LARGE = { cpus: 8, minutes: 60, partition: "batch" };

let site: Fixture;
let alice: Person;

beforeAll(async () => {
  site = await startSite("waiting", 18_105, { config: { profiles: [PROFILE] } });
  alice = await site.person("alice");
  // Four cores stay free on each of the two nodes.
  for (const _ of [1, 2]) await submit(site.testbed, 12);
  await until("both to run", 30_000, async () => (await queue(site.testbed, "R")).length === 2);
});
afterAll(() => site?.end());

async function submit(testbed: Testbed, cpus: number): Promise<string> {
  const options = ["--parsable", "--nodes=1", `--cpus-per-task=${cpus}`, "--mem=500M", "--time=60", "--wrap=sleep 600"];
  return (await testbed.mustExec("login", ["sbatch", ...options], { user: "alice" })).trim();
}

/** First the one whose turn is first. */
async function queue(testbed: Testbed, state: "R" | "PD"): Promise<{ id: string; startsAt: number | null }[]> {
  const list = ["squeue", "-h", "-p", "batch", "-t", state, "--sort=-p,i", "-o", "%i %S"];
  const text = await testbed.mustExec("login", ["env", "SLURM_TIME_FORMAT=%s", ...list]);
  const lines = text.split("\n").filter((line) => line !== "");
  return lines
    .map((line) => line.split(" "))
    .map(([id = "", start = ""]) => ({ id, startsAt: /^\d+$/.test(start) ? Number(start) * 1000 : null }));
}

const launchPending = async (name: string) => {
  const { id } = await alice.launch({ profile: "sized", name, options: LARGE });
  return alice.waitFor(id, ["pending"]);
};
const alternativesOf = async (id: string) =>
  (await alice.json<{ alternatives: Alternative[] }>(`/api/v1/sessions/${id}/alternatives`)).alternatives;
const startInstead = (id: string, options: object) =>
  alice.json<Session>(`/api/v1/sessions/${id}/start-instead`, { method: "POST", body: JSON.stringify({ options }) });
const check = (options: object) =>
  alice.json<LaunchCheck>("/api/v1/launches/check", { method: "POST", body: JSON.stringify({ profile: "sized", options }) });

async function openNamed(name: string): Promise<Session | undefined> {
  const { sessions } = await alice.json<{ sessions: Session[] }>("/api/v1/sessions?show=open");
  return sessions.find((session) => session.name === name);
}

test("before the launch: the estimate is Slurm's, and what would start at once is named", async () => {
  expect(await check({ ...LARGE, cpus: 2 })).toMatchObject({ problems: [], estimate: { kind: "now" }, alternatives: [] });
  const later = await until("a smaller shape to be found", 30_000, async () => {
    const said = await check(LARGE);
    return said.alternatives.length > 0 ? said : null;
  });
  expect(later).toMatchObject({ problems: [], estimate: { kind: "at", at: expect.any(Number) } });
  expect(later.alternatives[0]).toMatchObject({ options: { ...LARGE, cpus: 4 }, line: "4 cores instead of 8" });
  expect((await check({ ...LARGE, partition: "debug" })).problems).toEqual([
    { path: "options.minutes", message: expect.stringContaining("30 min") },
  ]);
});

test("its place and its start are what squeue says; what starts at once on debug does, under the same name", async () => {
  const first = await submit(site.testbed, 16);
  onTestFinished(async () => void (await site.testbed.mustExec("login", ["scancel", first])));
  const session = await launchPending("swap");
  const seen = await until("the place and the plan that squeue shows", 60_000, async () => {
    const { waiting } = await alice.session(session.id);
    const pending = await queue(site.testbed, "PD");
    const place = pending.findIndex(({ id }) => id === session.job?.id);
    if (waiting?.kind !== "queue" || waiting.expectedStart?.source !== "queue") return null;
    return waiting.ahead === place && waiting.of === pending.length && waiting.expectedStart.at === pending[place]?.startsAt
      ? waiting
      : null;
  });
  expect(seen).toMatchObject({ partition: "batch", of: 2 });

  const [best] = await until("an alternative", 30_000, async () => {
    const found = await alternativesOf(session.id);
    return found.length > 0 ? found : null;
  });
  expect(best).toMatchObject({
    options: { cpus: 4, partition: "debug", minutes: 30 },
    line: "4 cores instead of 8, on debug (at most 30 min)",
  });
  expect(await startInstead(session.id, best?.options ?? {})).toMatchObject({ id: session.id, state: "stopping" });
  const heir = await until("the other one to take its place", 30_000, async () => {
    const open = await openNamed("swap");
    return open?.id === session.id ? null : open;
  });
  const ready = await alice.waitFor(heir.id, ["ready"]);
  expect(ready).toMatchObject({ name: "swap", resources: { cpus: 4, partition: "debug" } });
  expect((await alice.session(session.id)).reason).toBe("stopped");
  const names = (await liveJobs(site.testbed)).map(({ name }) => name).filter((name) => name.startsWith("fw-"));
  expect(names).toEqual([expect.stringContaining(heir.id)]);
});

test("a smaller shape in the same partition starts at once, although a trial counts the waiting one before it", async () => {
  const session = await launchPending("smaller");
  const best = await until("an alternative in its own partition", 60_000, async () =>
    (await alternativesOf(session.id)).find(({ resources }) => resources.partition === "batch"),
  );
  expect(best).toMatchObject({ options: { ...LARGE, cpus: 4 }, line: "4 cores instead of 8" });
  await startInstead(session.id, best.options);
  const heir = await until("the other one to take its place", 30_000, async () => {
    const open = await openNamed("smaller");
    return open?.id === session.id ? null : open;
  });
  await alice.waitFor(heir.id, ["ready"]);
});
