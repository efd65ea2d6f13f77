import { AppError } from "@fairway/contract/errors.ts";
import type { JobView, Session } from "@fairway/contract/sessions.ts";
import { afterEach, describe, expect, it } from "vitest";
import { runCli, startCli } from "./testing/run-cli.ts";
import { PROFILE, sampleSession } from "./testing/sample.ts";
import { type Answers, startSite, type TestSite } from "./testing/site.ts";

const job: JobView = {
  id: "42",
  state: "PENDING",
  pendingReason: "Priority",
  node: null,
  submittedAt: 1,
  startedAt: null,
  endsAt: null,
  restarts: 0,
};
const requested = sampleSession({ state: "requested" });
const pending = sampleSession({
  state: "pending",
  job,
  steps: [{ name: "send", label: "Sent to Testbed", status: "done", since: 1, seconds: 0.42 }],
});
const ready = sampleSession({ state: "ready", job: { ...job, state: "RUNNING", pendingReason: null, node: "c1" } });

let site: TestSite | undefined;
afterEach(async () => {
  await site?.close();
  site = undefined;
});

async function openSite(answers: Answers, base?: string): Promise<{ site: TestSite; env: Readonly<Record<string, string>> }> {
  site = await startSite(
    { profiles: () => ({ profiles: [PROFILE] }), launch: () => requested, ...answers },
    base === undefined ? {} : { base },
  );
  return { site, env: { FAIRWAY_URL: site.url, FAIRWAY_TOKEN: "right", HOME: "/nonexistent" } };
}

describe("fairway launch", () => {
  it("says what it waits for, and prints the address when the session is ready", async () => {
    let now: Session = pending;
    const { site, env } = await openSite({ session: () => now }, "/jupyter/");
    const running = startCli(
      ["launch", "jupyterlab", "--name", "second", "--set", "cores=4", "--set", "gpu=2", "--set", "folder=a=b"],
      env,
    );
    await running.says("Other jobs are ahead of it. [PENDING (Priority), job 42]");
    now = ready;
    site.push(ready);
    const { code, stdout, stderr } = await running.done;
    expect([code, stdout]).toEqual([0, `${site.url}user/alice/\n`]);
    expect(stderr).toContain("✓ Sent to Testbed  0.4 s");
    const launched = site.asked.find(({ name }) => name === "launch");
    expect(launched?.body).toEqual({ profile: "jupyterlab", name: "second", options: { cores: 4, gpu: 2, folder: "a=b" } });
  });

  it("goes on waiting when the hub restarts, and misses nothing", async () => {
    let now: Session = pending;
    const { site, env } = await openSite({ session: () => now });
    const running = startCli(["launch", "jupyterlab", "--json"], env);
    await site.streamOpened(1);
    await running.says("job 42");
    now = ready;
    site.breakStreams();
    const { code, stdout } = await running.done;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(ready);
  });

  it("says when the cluster goes away while it waits", async () => {
    let now: Session = pending;
    const { site, env } = await openSite({ session: () => now });
    const running = startCli(["launch", "jupyterlab"], env);
    await running.says("job 42");
    now = sampleSession({ ...pending, cluster: { name: "hpc", title: "Testbed", awaySince: 5 } });
    site.pushClusters();
    await running.says("Testbed does not answer at the moment");
    running.interrupt();
    expect((await running.done).code).toBe(130);
  });

  it("is interrupted without ending the session, and says so", async () => {
    const { site, env } = await openSite({ session: () => pending });
    const running = startCli(["launch", "jupyterlab"], env);
    await running.says("job 42");
    running.interrupt();
    const { code, stdout, stderr } = await running.done;
    expect([code, stdout]).toEqual([130, ""]);
    expect(stderr).toContain("Stopped waiting. Session k3x9qa2mw4tz goes on as job 42 on Testbed (Waiting).");
    expect(stderr).toContain("fairway stop k3x9qa2mw4tz");
    expect(site.asked.map(({ name }) => name)).not.toContain("stop");
  });

  it("times out with 7, and with 6 while the cluster is away", async () => {
    let now: Session = pending;
    const { env } = await openSite({ session: () => now });
    const busy = await runCli(["launch", "jupyterlab", "--timeout", "1s"], env);
    expect(busy.code).toBe(7);
    now = sampleSession({ state: "requested", cluster: { name: "hpc", title: "Testbed", awaySince: 5 } });
    const away = await runCli(["launch", "jupyterlab", "--timeout", "1s"], env);
    expect(away.code).toBe(6);
    expect(away.stderr).toContain("Testbed does not answer.");
  });

  it("fails when the session ends instead, with its cause and its way out", async () => {
    const refused = sampleSession({ state: "ended", reason: "submit_failed", detail: "Invalid \u001b[31mqos\nspecification" });
    const { env } = await openSite({ session: () => refused });
    const { code, stderr } = await runCli(["launch", "jupyterlab"], env);
    expect(code).toBe(1);
    expect(stderr).toContain("Not accepted. Testbed refused the job: Invalid [31mqos specification");
    expect(stderr).toContain("fairway logs k3x9qa2mw4tz");
    expect(stderr).not.toContain("\u001b");
  });

  it("does not wait with --no-wait", async () => {
    const { site, env } = await openSite({});
    const { code, stdout } = await runCli(["launch", "jupyterlab", "--no-wait", "--json"], env);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(requested);
    expect(site.asked.map(({ name }) => name)).toEqual(["profiles", "launch"]);
  });

  it.each([
    [["launch", "gone"], 5, "You can launch: jupyterlab"],
    [["launch", "jupyterlab", "--set", "colour=red"], 2, "Its options are: cores, gpu, folder."],
    [["launch", "jupyterlab", "--set", "cores=many"], 2, 'cores takes a number, not "many".'],
    [["launch", "jupyterlab", "--timeout", "soon"], 2, "Write it like 90s"],
    [["launch"], 2, "missing required argument"],
    [["launch", "jupyterlab", "--tiemout", "1s"], 2, "Did you mean --timeout?"],
  ])("refuses %j before it asks for anything", async (argv, code, said) => {
    const { site, env } = await openSite({});
    const ran = await runCli(argv, env);
    expect([ran.code, ran.stdout]).toEqual([code, ""]);
    expect(ran.stderr).toContain(said);
    expect(site.asked.map(({ name }) => name)).not.toContain("launch");
  });

  it("names each field that the hub refuses, as JSON when asked", async () => {
    const refusal = new AppError("invalid_input", "An option is out of its bounds.", {
      fields: [{ path: "options.cores", message: "at most 16" }],
      next: "Ask for less.",
    });
    const { env } = await openSite({
      launch: () => {
        throw refusal;
      },
    });
    const said = await runCli(["launch", "jupyterlab", "--set", "cores=99"], env);
    expect([said.code, said.stderr]).toEqual([2, "fairway: An option is out of its bounds.\n  options.cores: at most 16\nAsk for less.\n"]);
    const asJson = await runCli(["launch", "jupyterlab", "--set", "cores=99", "--json"], env);
    expect(JSON.parse(asJson.stderr)).toMatchObject({ exitCode: 2, next: "Ask for less.", problem: { code: "invalid_input" } });
  });
});
