/** Why it waits, what else there is, time left, and launching again: what a session tells and takes. */

import { AppError } from "@fairway/contract/errors.ts";
import type { Alternative } from "@fairway/contract/launching.ts";
import type { JobView, Session } from "@fairway/contract/sessions.ts";
import { afterEach, describe, expect, it } from "vitest";
import { type Ran, runCli, startCli } from "./testing/run-cli.ts";
import { PROFILE, sampleSession } from "./testing/sample.ts";
import { type Answers, startSite, type TestSite } from "./testing/site.ts";

const HOUR = 3_600_000;
const job: JobView = {
  ...{ id: "42", state: "PENDING", pendingReason: "Priority", node: null },
  ...{ submittedAt: 1, startedAt: null, endsAt: null, restarts: 0 },
};
const running: JobView = {
  ...job,
  state: "RUNNING",
  pendingReason: null,
  node: "c1",
  startedAt: Date.now(),
  endsAt: Date.now() + 2.5 * HOUR,
};
const expectedStart = { at: Date.now() + 10 * 24 * HOUR, asOf: Date.now(), source: "queue" as const };
const place = { kind: "queue" as const, partition: "gpu", ahead: 2, of: 12, asOf: Date.now() };
const waiting = sampleSession({
  state: "pending",
  job,
  options: { cores: 8, folder: "" },
  waiting: { ...place, expectedStart },
});
const other: Alternative = {
  options: { cores: 2, folder: "" },
  resources: { ...waiting.resources, cpus: 2 },
  line: "2 cores on debug, at most 30 min",
  asOf: Date.now(),
};
const failed = sampleSession({
  state: "ended",
  reason: "failed",
  job: { ...running, state: "FAILED" },
  options: { cores: 8 },
  openUrl: "/user/alice/lab/tree/x.ipynb",
  exitCode: 127,
  endedAt: Date.now(),
  ending: {
    cause: "command_not_found",
    line: "A program was not found on its node: jupyter-lab.",
    next: "Choose another profile.",
    lastLines: ["one", "\u001b[31mtwo"],
  },
  usage: {
    elapsedSeconds: 600,
    cpuSeconds: 60,
    cpuFraction: 0.1,
    maxMemoryBytes: 2 ** 28,
    memoryFraction: 0.25,
    gpuFraction: null,
    hint: "Ask for less.",
  },
});
const ready = sampleSession({ id: "bbbbbbbbbbbb", state: "ready", job: running, createdAt: waiting.createdAt + 1 });

let site: TestSite | undefined;
afterEach(async () => {
  await site?.close();
  site = undefined;
});

async function open(answers: Answers): Promise<{ site: TestSite; env: Readonly<Record<string, string>> }> {
  const started = await startSite({ profiles: () => ({ profiles: [PROFILE] }), ...answers });
  site = started;
  return { site: started, env: { FAIRWAY_URL: started.url, FAIRWAY_TOKEN: "right", HOME: "/nonexistent" } };
}

async function run(argv: readonly string[], session: Session, answers: Answers = {}): Promise<Ran & { site: TestSite }> {
  const { site, env } = await open({ listSessions: () => ({ now: Date.now(), sessions: [session] }), session: () => session, ...answers });
  return { ...(await runCli(argv, env)), site };
}

const bodyOf = (site: TestSite, name: string) => site.asked.find((asked) => asked.name === name)?.body;

describe("fairway show", () => {
  it("says of one that waits why, its place, when it starts, and what would start now", async () => {
    // As old as that when it is asked for, whenever that is.
    const estimated = () => ({ ...waiting, waiting: { ...place, expectedStart: { ...expectedStart, asOf: Date.now() - 20_000 } } });
    const { code, stdout } = await run(["show"], waiting, {
      session: estimated,
      listSessions: () => ({ now: Date.now(), sessions: [estimated()] }),
      alternatives: () => ({ alternatives: [other], asOf: 1 }),
    });
    expect(code).toBe(0);
    expect(stdout).toContain("Waiting: Other jobs are ahead of it.\n");
    expect(stdout).toMatch(/^Job +42, PENDING \(Priority\)$/m);
    expect(stdout).toMatch(/^Place +Place 3 of 12 in gpu$/m);
    expect(stdout).toMatch(/^Expected start +about \d+ \w+ \d\d:\d\d UTC \(the scheduler's plan, 2\d s old\)$/m);
    expect(stdout).toMatch(/^Would start now +1\. 2 cores on debug, at most 30 min$/m);
    expect(stdout).toContain(`fairway start-instead ${waiting.id} --take 1`);
  });

  it("says of one that runs how long it has left", async () => {
    const extension = { kind: "possible", bySeconds: 3600, latestEndsAt: Date.now() + 5 * HOUR } as const;
    const { stdout } = await run(["show"], sampleSession({ ...ready, extension }));
    expect(stdout).toMatch(/^Time left +2 h \d\d min, until .*UTC$/m);
    expect(stdout).toMatch(/^Extension +1 h at a time, until .*UTC at most$/m);
    expect(stdout).toMatch(/^Address +http:.*\/user\/alice\/$/m);
  });

  it("says of one that ended badly the cause, the last lines and what it used, and lets nothing at the terminal", async () => {
    const { stdout, site } = await run(["show"], failed);
    expect(stdout).toContain("Failed: A program was not found on its node: jupyter-lab.\n");
    expect(stdout).toMatch(/^Next +Choose another profile\.$/m);
    expect(stdout).toMatch(/^Used +10 min; CPU 10 %; memory at most 256 MB \(25 %\)$/m);
    expect(stdout).toMatch(/^Hint +Ask for less\.$/m);
    expect(stdout).toMatch(/^Last lines +one\n +\[31mtwo$/m);
    expect(stdout).not.toContain("\u001b");
    expect(site.asked.map(({ name }) => name)).not.toContain("alternatives");
  });

  it("is the API's own as JSON", async () => {
    const { stdout } = await run(["show", "--json"], waiting, { alternatives: () => ({ alternatives: [other], asOf: 1 }) });
    expect(JSON.parse(stdout)).toEqual({ session: waiting, alternatives: [other] });
  });
});

it.each([3 * HOUR, -3 * HOUR])("time left is counted by the site's clock, on a machine that is %i ms behind it", async (aheadMs) => {
  const endsAt = Date.now() + aheadMs + 2.5 * HOUR;
  const session = sampleSession({ ...ready, job: { ...running, endsAt } });
  site = await startSite({ listSessions: () => ({ now: Date.now() + aheadMs, sessions: [session] }), extend: () => session }, { aheadMs });
  const env = { FAIRWAY_URL: site.url, FAIRWAY_TOKEN: "right", HOME: "/nonexistent" };
  expect((await runCli(["show"], env)).stdout).toMatch(/^Time left +2 h (2\d|30) min, /m);
  expect((await runCli(["extend"], env)).stderr).toMatch(/Extended: 2 h (2\d|30) min left, /);
});

describe("fairway launch", () => {
  it("says while it waits its place, the expected start, and what would start now", async () => {
    const { env } = await open({
      launch: () => waiting,
      session: () => waiting,
      alternatives: () => ({ alternatives: [other], asOf: 1 }),
    });
    const launching = startCli(["launch", "jupyterlab"], env);
    await launching.says("Place 3 of 12 in gpu; expected start about ");
    await launching.says("1. 2 cores on debug, at most 30 min");
    await launching.says(`fairway start-instead ${waiting.id} --take 1`);
    launching.interrupt();
    expect((await launching.done).code).toBe(130);
  });

  const preview = { script: "#!/bin/sh\necho hi\n", sbatch: "sbatch --cpus-per-task=2 job.sh", curl: "curl x", link: "http://x/" };
  const accept = () => ({
    problems: [],
    resources: waiting.resources,
    estimate: { kind: "at", at: Date.now() + HOUR, asOf: Date.now() },
    alternatives: [other],
  });

  it("says with --dry-run what would come of it, and launches nothing", async () => {
    const { code, stdout, stderr, site } = await run(["launch", "jupyterlab", "--set", "cores=4", "--dry-run"], waiting, {
      checkLaunch: accept,
      previewLaunch: () => preview,
    });
    expect([code, stdout]).toEqual([0, "sbatch --cpus-per-task=2 job.sh\n\n#!/bin/sh\necho hi\n"]);
    expect(stderr).toMatch(/It would be accepted\.\nIt would start at about .*UTC \(\d s old\)\.\n/);
    expect(stderr).toContain("Would start at once: 2 cores on debug, at most 30 min (--set cores=2 --set folder=)");
    expect(bodyOf(site, "checkLaunch")).toEqual({ profile: "jupyterlab", name: "", options: { cores: 4 } });
    expect(site.asked.map(({ name }) => name)).toEqual(["profiles", "checkLaunch", "previewLaunch"]);
  });

  it("says with --dry-run what would be refused: 2", async () => {
    const problems = [{ path: "options.cores", message: "debug allows at most 4" }];
    const refused = { ...accept(), problems };
    const answers: Answers = { checkLaunch: () => refused };
    const said = await run(["launch", "jupyterlab", "--dry-run"], waiting, answers);
    expect([said.code, said.stdout, said.stderr]).toEqual([
      2,
      "",
      "fairway: It would be refused.\n  options.cores: debug allows at most 4\n",
    ]);
    await said.site.close();
    const asJson = await run(["launch", "jupyterlab", "--dry-run", "--json"], waiting, answers);
    expect([asJson.code, JSON.parse(asJson.stdout)]).toEqual([2, { check: refused, preview: null }]);
  });
});

describe("fairway extend and keep", () => {
  it("raise the limit by what was asked, and say until when", async () => {
    const { code, stderr, site } = await run(["extend", "--by", "90m"], ready, { extend: () => ready });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^bbbbbbbbbbbb {2}Extended: 2 h \d\d min left, until .*UTC\.\n$/);
    expect(bodyOf(site, "extend")).toEqual({ seconds: 5400 });
  });

  it("leave the step to the site when nothing is asked", async () => {
    const { stdout, site } = await run(["extend", "--json"], ready, { extend: () => ready });
    expect([JSON.parse(stdout), bodyOf(site, "extend")]).toEqual([ready, {}]);
  });

  it("say why not: 1", async () => {
    const { code, stderr } = await run(["extend"], ready, {
      extend: () => {
        throw new AppError("conflict", "Its profile allows no more.", { next: "Launch it again." });
      },
    });
    expect([code, stderr]).toEqual([1, "fairway: Its profile allows no more.\nLaunch it again.\n"]);
  });

  it("keep says so", async () => {
    const { code, stderr } = await run(["keep"], ready, { keep: () => ready });
    expect([code, stderr]).toEqual([0, "bbbbbbbbbbbb  Kept: its idle time begins anew.\n"]);
  });
});

describe("fairway relaunch", () => {
  it("launches the last one again as it was", async () => {
    const { code, site } = await run(["relaunch", "--no-wait"], failed, { relaunch: () => ready });
    expect(code).toBe(0);
    expect(site.asked.map(({ name }) => name)).toEqual(["listSessions", "relaunch"]);
  });

  it("launches it with another value, and everything else as it was", async () => {
    const { code, site } = await run(["relaunch", failed.id, "--set", "cores=16", "--no-wait"], failed, { launch: () => ready });
    expect(code).toBe(0);
    expect(bodyOf(site, "launch")).toEqual({ profile: "jupyterlab", name: "", options: { cores: 16 }, open: "lab/tree/x.ipynb" });
  });

  it.each([
    [["relaunch"], 5],
    [["relaunch", waiting.id], 1],
  ])("has nothing to launch again, %j: %i", async (argv, code) => {
    expect((await run(argv, waiting)).code).toBe(code);
  });
});

describe("fairway start-instead", () => {
  const answers: Answers = { alternatives: () => ({ alternatives: [other], asOf: 1 }) };

  it("lists what would start at once, and changes nothing", async () => {
    const { code, stdout, stderr, site } = await run(["start-instead"], waiting, answers);
    expect([code, stdout]).toEqual([0, "1. 2 cores on debug, at most 30 min\n"]);
    expect(stderr).toContain("--take 1");
    expect(site.asked.map(({ name }) => name)).not.toContain("startInstead");
  });

  it("takes one of them, and waits for it under the same name", async () => {
    const stopped = sampleSession({ ...waiting, state: "ended", reason: "stopped" });
    let hasSwapped = false;
    const { code, stdout, site } = await run(["start-instead", "--take", "1"], waiting, {
      ...answers,
      listSessions: () => ({ now: Date.now(), sessions: hasSwapped ? [ready, stopped] : [waiting] }),
      startInstead: () => {
        hasSwapped = true;
        return sampleSession({ ...waiting, state: "stopping" });
      },
      session: ({ params }) => (params.id === ready.id ? ready : stopped),
    });
    expect([code, stdout]).toEqual([0, `${site.url}user/alice/\n`]);
    expect(bodyOf(site, "startInstead")).toEqual({ options: { cores: 2, folder: "" } });
  });

  it("takes the person's own choice", async () => {
    const { code, site } = await run(["start-instead", "--set", "cores=1", "--no-wait"], waiting, {
      ...answers,
      startInstead: () => waiting,
    });
    expect(code).toBe(0);
    expect(bodyOf(site, "startInstead")).toEqual({ options: { cores: 1, folder: "" } });
  });

  it.each(["0", "2", "x"])("has no choice %s: 2", async (number) => {
    const { code, stderr } = await run(["start-instead", "--take", number], waiting, answers);
    expect(code).toBe(2);
    expect(stderr).toContain("1. 2 cores on debug");
  });
});
