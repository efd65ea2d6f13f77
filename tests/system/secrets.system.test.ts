/**
 * What could open a session is nowhere but where it is used; and who sits on a freed port gets nothing.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { LOG_FILE, runVerb, startFairway, stopFairway } from "../../deploy/demo/site.ts";
import { type Fixture, killHub, type Person, startSite, until } from "./fixture.ts";

let site: Fixture;
let alice: Person;

beforeAll(async () => {
  site = await startSite("secrets", 18_104);
  alice = await site.person("alice");
});
afterAll(async () => site?.end());

/** The session's real secret, from the app's own private file; as root on the node, as only root could. */
async function readSecret(node: string): Promise<string> {
  const secret = await site.testbed.mustExec(node, ["sh", "-c", "cat /tmp/fairway-*/secret"]);
  expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
  return secret;
}

test("the script in Slurm's spool, the job's environment in accounting, ps, logs and comments open nothing", async () => {
  const { id } = await alice.launch({ profile: "jupyterlab" });
  const { job } = await alice.waitFor(id, ["ready"]);
  const node = job?.node ?? "";
  const secret = await readSecret(node);
  const jobId = job?.id ?? "";
  const places = {
    script: await site.testbed.mustExec("head", ["scontrol", "write", "batch_script", jobId, "-"]),
    environment: await site.testbed.mustExec("head", ["sacct", "-j", jobId, "--env-vars"]),
    accountedScript: await site.testbed.mustExec("head", ["sacct", "-j", jobId, "--batch-script"]),
    job: await site.testbed.mustExec("head", ["scontrol", "-d", "show", "job", jobId]),
    psNode: await site.testbed.mustExec(node, ["ps", "-eww", "-o", "args"]),
    psHub: await site.testbed.mustExec("hub", ["ps", "-eww", "-o", "args"]),
    jobLog: (await alice.json<{ text: string }>(`/api/v1/sessions/${id}/log`)).text,
    hubLog: await site.testbed.mustExec("hub", ["cat", LOG_FILE]),
    slurmdLog: await site.testbed.mustExec(node, ["sh", "-c", "cat /var/log/slurm/* 2>/dev/null || true"]),
    api: JSON.stringify(await alice.session(id)),
    database: await site.testbed.mustExec("hub", [
      "sh",
      "-c",
      "strings -a /var/lib/fairway/fairway.db* 2>/dev/null || cat /var/lib/fairway/fairway.db*",
    ]),
  };
  for (const [place, text] of Object.entries(places)) {
    expect(text.length, place).toBeGreaterThan(0);
    expect(text.includes(secret), `the secret stands in: ${place}`).toBe(false);
    expect(text.includes(alice.token), `a token stands in: ${place}`).toBe(false);
    expect(text.includes("BEGIN PRIVATE KEY"), `a key stands in: ${place}`).toBe(false);
  }

  // The one secret that the scheduler does see is dead.
  const enrolToken = /FAIRWAY_ENROL_TOKEN=([A-Za-z0-9_-]{43})/.exec(places.environment)?.[1] ?? "";
  expect(enrolToken).not.toBe("");
  const again = new URLSearchParams({
    session: id,
    token: enrolToken,
    nonce: "0123456789abcdef",
    job: jobId,
    restarts: "0",
    host: "c2",
    port: "23456",
  });
  const answer = await fetch(`${site.url}/api/v1/jobs/enrol`, { method: "POST", body: again });
  expect(answer.status).toBe(403);
  expect(await answer.text()).not.toContain("FAIRWAY_SECRET");
  expect((await alice.session(id)).job?.node).toBe(node);
  await alice.stop(id);
});

test("a port that alice's app freed is bound by bob on the same node: he sees no request and no secret", async () => {
  const { id } = await alice.launch({ profile: "jupyterlab" });
  const { job } = await alice.waitFor(id, ["ready"]);
  const node = job?.node ?? "";
  // Until its job has seen it listen, the app would be started again on another port.
  await until("the job to have seen it listen", 60_000, async () =>
    (await alice.json<{ text: string }>(`/api/v1/sessions/${id}/log`)).text.includes("listens on"),
  );
  const port = await site.testbed.mustExec(node, [
    "sh",
    "-c",
    "ps -eww -o args | sed -n 's/.*--ServerApp.port=\\([0-9]*\\).*/\\1/p' | head -n 1",
  ]);
  // The app is gone, its job is not yet: what Slurm has not noticed, bob uses. He speaks plain text and TLS of his own.
  await site.testbed.mustExec(node, ["sh", "-c", "pkill -STOP -u alice -f 'slurm_script'; pkill -KILL -u alice -f jupyter-lab"]);
  const trap =
    "openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -days 1 -subj /CN=c1 2>/dev/null; exec openssl s_server -accept $0 -cert c.pem -key k.pem -quiet >seen 2>&1";
  await site.testbed.mustExec(node, ["sh", "-c", `mkdir -p ~/trap && cd ~/trap && setsid -f sh -c '${trap}' ${port.trim()}`], {
    user: "bob",
  });
  await until(
    "bob to listen",
    20_000,
    async () => (await site.testbed.exec(node, ["sh", "-c", `ss -ltnH "sport = :${port.trim()}" | grep -q .`])).code === 0,
  );

  for (const path of ["/user/alice/lab", "/user/alice/api/status"]) {
    expect((await alice.api(path)).status).toBe(502);
    expect((await alice.api(path, { method: "POST", body: "{}" })).status).toBe(502);
  }
  const page = await alice.api("/user/alice/lab", { headers: { accept: "text/html" } });
  expect(await page.text()).toMatch(/not reach|does not answer/i);
  const seen = await site.testbed.mustExec(node, ["cat", "/home/bob/trap/seen"]);
  expect(seen).not.toMatch(/GET|POST|authorization|token/i);
  await killHub(site.testbed);
  await alice.waitFor(id, ["unreachable"], 90_000);
  await site.testbed.mustExec(node, ["sh", "-c", "pkill -CONT -u alice -f slurm_script; pkill -u bob openssl"]);
  await alice.waitFor(id, ["ended"], 60_000);
});

test("somebody who is shut out is out at once, everywhere, and may be let in again", async () => {
  const bob = await site.person("bob");
  const { id } = await bob.launch({ profile: "noop" });
  await bob.waitFor(id, ["ready"]);
  expect((await bob.api("/user/bob/")).status).toBe(200);
  const stranger = await runVerb(site.testbed, "user", "disable", "nobody-here");
  expect([stranger.code, stranger.stderr]).toEqual([1, expect.stringContaining("Nobody of this name has signed in here.")]);
  const { code, stdout } = await runVerb(site.testbed, "user", "disable", "bob", "--stop-sessions");
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^bob is shut out: .*1 session is told to stop\.\n$/)]);
  await until("the edge to have heard", 60_000, async () => (await bob.api("/user/bob/")).status === 401);
  expect((await bob.api("/api/v1/me")).status).toBe(401);
  expect((await fetch(`${site.url}/api/v1/me`, { headers: { cookie: bob.cookie } })).status).toBe(401);
  await expect(site.person("bob")).rejects.toThrow("This account is disabled.");
  expect((await alice.api("/api/v1/me")).status).toBe(200);
  expect(await runVerb(site.testbed, "user", "enable", "bob")).toMatchObject({ code: 0 });
  await until("the token to be good again", 90_000, async () => (await bob.api("/api/v1/me")).status === 200);
  expect((await bob.waitFor(id, ["ended"])).reason).toBe("cancelled");
});

test("the edge restarted while the hub is away serves known people from its snapshot, and answers 503 to unknown tokens", async () => {
  const { id } = await alice.launch({ profile: "noop" });
  await alice.waitFor(id, ["ready"]);
  const { token: unseen } = await alice.json<{ token: string }>("/api/v1/tokens", {
    method: "POST",
    body: JSON.stringify({ note: "never seen by the edge" }),
  });
  await until(
    "the edge's snapshot to hold it",
    60_000,
    async () =>
      (await site.testbed.exec("hub", ["grep", "-q", `"sessionId":"${id}".*"state":"ready"`, "/var/lib/fairway/edge-snapshot.json"]))
        .code === 0,
  );
  await site.testbed.mustExec("hub", ["pkill", "-STOP", "-f", "hub/src/main.ts serve"]);
  await site.testbed.mustExec("hub", ["pkill", "-KILL", "-f", "hub/src/main.ts hub --config"]);
  await site.testbed.mustExec("hub", ["pkill", "-KILL", "-f", "edge/src/main.ts"]);
  const edge =
    "exec /opt/fairway/node_modules/node-linux-$0/bin/node /opt/fairway/edge/src/main.ts --config /run/fairway/edge.json >>/var/lib/fairway/edge-alone.log 2>&1";
  await site.testbed.mustExec("hub", ["setsid", "--fork", "sh", "-c", edge, process.arch], { user: "fairway" });
  await until("the edge to listen", 20_000, async () => (await fetch(`${site.url}/hub/api`).catch(() => null))?.ok);

  const known = await fetch(`${site.url}/user/alice/`, { headers: { cookie: alice.cookie } });
  expect(known.status).toBe(200);
  const stranger = await fetch(`${site.url}/user/alice/`, { headers: { authorization: `token ${unseen}` } });
  expect(stranger.status).toBe(503);
  expect(Number(stranger.headers.get("retry-after"))).toBeGreaterThan(0);

  await site.testbed.mustExec("hub", ["pkill", "-KILL", "-f", "edge/src/main.ts"]);
  await site.testbed.mustExec("hub", ["pkill", "-CONT", "-f", "hub/src/main.ts serve"]);
  await stopFairway(site.testbed);
  await startFairway(site.testbed);
  await alice.waitFor(id, ["ready"]);
  await alice.stop(id);
});
