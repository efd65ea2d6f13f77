/** The command line against the real hub: all that a person does, with nothing but a token. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Running, startCli } from "@fairway/cli/testing/run-cli.ts";
import type { NewToken } from "@fairway/contract/accounts.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Fixture, killHub, liveJobs, type Person, startSite, until } from "./fixture.ts";

let site: Fixture;
let alice: Person;
const home = mkdtempSync(join(tmpdir(), "fairway-cli-"));

beforeAll(async () => {
  site = await startSite("cli", 18_107, { baseUrl: "/jupyter/" });
  alice = await site.person("alice");
});
afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await site?.end();
});

const start = (...argv: readonly string[]): Running => startCli(argv, { HOME: home });
const run = (...argv: readonly string[]) => start(...argv).done;

test("signs in with a token and knows who that is", async () => {
  const login = await startCli(["login", "--url", site.url], { HOME: home }, alice.token).done;
  expect(login.code).toBe(0);
  const [signedIn, ssh] = login.stderr.split("\n");
  expect(signedIn).toBe(`Signed in to ${site.url}/ as alice.`);
  expect(ssh).toMatch(/^ssh into your sessions with `fairway ssh` \(certificate until .+\)/);
  expect(JSON.parse((await run("whoami", "--json")).stdout)).toMatchObject({ site: `${site.url}/`, name: "alice", role: "user" });
});

test("launches, waits, and prints an address that answers; the log and the list agree; stops, and the job is gone", async () => {
  const launched = await run("launch", "jupyterlab", "--set", "hours=2");
  expect([launched.code, launched.stdout]).toEqual([0, `${site.url}/user/alice/\n`]);
  const headers = { authorization: `token ${alice.token}` };
  // The edge hears of it from the hub in its own time.
  await until("the app to answer", 20_000, async () => (await fetch(`${launched.stdout.trim()}api/status`, { headers })).status === 200);
  const [session] = (JSON.parse((await run("ls", "--json")).stdout) as { sessions: { id: string; job: { node: string } }[] }).sessions;
  const listed = await run("ls");
  expect(listed.stdout).toMatch(new RegExp(`${session?.id}.*Ready.*${session?.job.node}.*1 h 5\\d min`));
  await until("the log to tell where it listens", 60_000, async () =>
    (await run("logs")).stdout.includes(`listens on ${session?.job.node}`),
  );
  const stopped = await run("stop", "--wait");
  expect([stopped.code, stopped.stderr]).toEqual([0, expect.stringContaining("Stopped: You stopped it.")]);
  expect(await liveJobs(site.testbed)).toEqual([]);
});

test("tells beforehand what would come of a launch, and what is free", async () => {
  const dry = await run("launch", "jupyterlab", "--set", "hours=1", "--dry-run");
  expect([dry.code, dry.stdout]).toEqual([0, expect.stringMatching(/\bsbatch [\s\S]*--time=01:00:00[\s\S]*\n#!\/bin\/sh\n/)]);
  expect(dry.stderr).toContain("It would be accepted.");
  expect(await liveJobs(site.testbed)).toEqual([]);
  // What the last test used is told as free once it was looked at again.
  const stdout = await until("all of the partition to be free", 90_000, async () => {
    const clusters = (await run("clusters")).stdout;
    return /^batch \(default\) +32 of 32 +16 .*may use it$/m.test(clusters) && clusters;
  });
  expect(stdout).toContain("Account physics (default)");
});

test("follows the log to its end, shows what there is to know, and launches again with another value", async () => {
  await run("launch", "jupyterlab");
  const following = start("logs", "-f");
  await following.prints("listens on");
  expect((await run("show")).stdout).toMatch(/^Time left +3 h 5\d min, until /m);
  expect((await run("stop", "--wait")).code).toBe(0);
  const followed = await following.done;
  expect([followed.code, followed.stdout]).toEqual([0, expect.stringMatching(/Ended with exit code \d+\.\n$/)]);
  await until("what it used", 60_000, async () =>
    /Stopped +(?:\d+ \w+ )?\d\d:\d\d UTC +(?:\d+ min(?: \d+ s)?|\d+ s) /.test((await run("ls", "--ended", "--limit", "1")).stdout),
  );
  const relaunched = await run("relaunch", "--set", "hours=1", "--json");
  expect(relaunched.code).toBe(0);
  expect(JSON.parse(relaunched.stdout)).toMatchObject({ state: "ready", options: { hours: 1 }, resources: { timeLimitSeconds: 3600 } });
  expect((await run("stop", "--wait")).code).toBe(0);
});

test("goes on waiting while the hub is killed, and comes to the same session", async () => {
  await site.testbed.fault("pause", "slurmctld");
  const running = start("launch", "jupyterlab", "--json");
  await running.says("Sending");
  await killHub(site.testbed);
  await site.testbed.fault("resume", "slurmctld");
  const { code, stdout } = await running.done;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ state: "ready", user: "alice" });
  expect(await liveJobs(site.testbed)).toHaveLength(1);
  expect((await run("stop", "--wait")).code).toBe(0);
});

test("runs out of time while the cluster is away, and leaves the session to start when it is back", async () => {
  await site.testbed.fault("stop", "slurmctld");
  try {
    const away = await run("launch", "jupyterlab", "--timeout", "60s");
    expect([away.code, away.stdout]).toEqual([6, ""]);
    expect(away.stderr).toContain("does not answer");
    expect((await run("ls")).stdout).toContain("Sending");
  } finally {
    await site.testbed.fault("start", "slurmctld");
  }
  const { sessions } = JSON.parse((await run("ls", "--json")).stdout) as { sessions: { id: string }[] };
  await alice.waitFor(sessions[0]?.id ?? "", ["ready"], 90_000);
  expect((await run("stop", "--wait")).code).toBe(0);
});

test("says what the cluster would refuse, and what a wrong wish is", async () => {
  const carol = await site.person("carol");
  const refused = await startCli(["launch", "jupyterlab"], { FAIRWAY_URL: site.url, FAIRWAY_TOKEN: carol.token }).done;
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("carol has no account")]);
  const tooMuch = await run("launch", "jupyterlab", "--set", "hours=9999");
  expect([tooMuch.code, tooMuch.stderr]).toEqual([2, expect.stringContaining("hours")]);
  expect(await liveJobs(site.testbed)).toEqual([]);
});

test("makes tokens that can do what they were made for, until they are revoked", async () => {
  const made = JSON.parse(
    (await run("token", "create", "--note", "looks", "--scope", "read:servers", "--expires", "1h", "--json")).stdout,
  ) as NewToken;
  const env = { FAIRWAY_URL: site.url, FAIRWAY_TOKEN: made.token };
  expect((await startCli(["ls"], env).done).code).toBe(0);
  expect((await startCli(["whoami"], env).done).code).toBe(4);
  expect((await run("token", "list")).stdout).toContain("looks");
  expect((await run("token", "revoke", made.info.id)).code).toBe(0);
  expect((await startCli(["ls"], env).done).code).toBe(3);
});

test("hands the operator's verbs to the hub, with its exit code", async () => {
  const verb = (...argv: readonly string[]) => site.testbed.exec("hub", ["/opt/fairway/script/fairway", ...argv], { user: "fairway" });
  expect(await verb("config", "check")).toMatchObject({ code: 0, stdout: expect.stringContaining("is valid") });
  expect(await verb("config", "check", "--config", "/nonexistent")).toMatchObject({ code: 2 });
});
