/**
 * What every network between Fairway and a cluster must give: a session's whole way by the route that this
 * network has, secrets nowhere but where they are used, and nothing left over when all is ended.
 */
import type { FileList } from "@fairway/contract/clusters.ts";
import type { RouteKind } from "@fairway/contract/routes.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import type { Testbed } from "@fairway/testbed/index.ts";
import { expect } from "vitest";
import { DOOR_PORT, LOG_FILE } from "../../deploy/demo/site.ts";
import { type Fixture, liveJobs, type Person, until } from "./fixture.ts";
import { listSessions } from "./truth.ts";

export interface Way {
  readonly profile: string;
  readonly cluster: string;
  readonly route: RouteKind;
}

/** Sign in, launch, HTTP through the edge, log, file picker, stop: and the job is gone. */
export async function walkWholeWay(site: Fixture, { profile, cluster, route }: Way): Promise<void> {
  const wrong = await fetch(`${site.url}/api/v1/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "alice", password: "guess" }),
  });
  expect(wrong.status).toBe(401);
  const [alice, bob] = [await site.person("alice"), await site.person("bob")];

  const { id } = await alice.launch({ profile, name: "walk" });
  const ready = await alice.waitFor(id, ["ready"]);
  expect(ready.route).toBe(route);
  const answer = await alice.api("/user/alice/walk/");
  expect([answer.status, await answer.text()]).toEqual([200, "ok"]);
  expect((await alice.api("/user/alice/walk/", { method: "POST", body: "x".repeat(2_000_000) })).status).toBe(200);
  expect((await bob.api("/user/alice/walk/")).status).toBe(403);
  expect((await alice.json<{ text: string }>(`/api/v1/sessions/${id}/log`)).text).toContain("starting noop");
  expect(await sshInto(site, alice, id, "hostname; id -un; exit 7")).toEqual({ code: 7, stdout: `${ready.job?.node}\nalice\n` });

  await site.testbed.mustExec("login", ["mkdir", "-p", "seen-from-the-hub"], { user: "alice" });
  const files = await alice.json<FileList>(`/api/v1/clusters/${cluster}/files?path=`);
  expect(files.path).toBe("/home/alice");
  expect(files.entries.map(({ name }) => name)).toContain("seen-from-the-hub");

  await alice.stop(id);
  expect((await alice.session(id)).reason).toBe("stopped");
  expect(await liveJobs(site.testbed)).toEqual([]);
}

/**
 * Into a session on nodes without an sshd: commands, both outputs, exit codes, a terminal, files, and when the client has
 * gone, nothing of it is left; but no forward, which would lead to another machine than it seems.
 */
export async function enterWithoutSshd(site: Fixture, profiles: readonly string[]): Promise<void> {
  const alice = await site.person("alice");
  const sessions = await Promise.all(profiles.map((profile) => startReady(alice, profile, `bare-${profile}`)));
  for (const session of sessions) await enterBare(site, alice, session);
}

async function enterBare(site: Fixture, alice: Person, { id, name, job }: Session): Promise<void> {
  const [node, destination] = [job?.node ?? "", `alice+${name}@hub`];
  const enter = (command: string, ...options: string[]) => startSsh(site, alice, [...options, destination, command]);
  expect(await enter("hostname; id -un; cat; echo err >&2; exit 7")).toMatchObject({
    code: 7,
    stdout: `${node}\nalice\n`,
    stderr: expect.stringMatching(/^err$/m),
  });
  const shell = await enter("tty; echo job=$SLURM_JOB_ID", "-tt");
  expect(shell.stdout).toMatch(/^\/dev\/pts\/\d+\r\n/m);
  expect(shell.stdout).toContain(`job=${job?.id}\r\n`);
  const copy = `echo "a file" >original && scp -q -o BatchMode=yes -P "$0" original ${destination}:copied && cat copied`;
  const copied = await site.testbed.exec("login", ["sh", "-c", copy, String(DOOR_PORT)], { user: "alice" });
  expect([copied.stdout.trim(), copied.stderr]).toEqual(["a file", ""]);
  expect(await startSsh(site, alice, ["-W", "localhost:22", destination])).toMatchObject({
    code: 255,
    stderr: expect.stringMatching(/open failed/),
  });

  const client = `rm -f left; ssh -o BatchMode=yes -p ${DOOR_PORT} ${destination} 'exec -a fairway-left-behind sleep 1000' & while [ ! -e left ]; do sleep 0.2; done; kill -9 $!`;
  const leave = site.testbed.exec("login", ["bash", "-c", client], { user: "alice" });
  const countOnNode = async () => (await site.testbed.exec(node, ["pgrep", "-cf", "^fairway-left-behind"])).stdout.trim();
  await expect.poll(countOnNode, { timeout: 60_000 }).toBe("1");
  await site.testbed.mustExec("login", ["touch", "left"], { user: "alice" });
  await leave;
  await expect.poll(countOnNode, { timeout: 60_000 }).toBe("0");
  expect((await alice.session(id)).state).toBe("ready");
  await alice.stop(id);
}

/** A command in a session, from the login node, with the stock client and a key of alice's that is registered. */
async function sshInto(site: Fixture, alice: Person, id: string, command: string): Promise<{ code: number | null; stdout: string }> {
  const { name } = await until("the session's sshd to be there", 30_000, async () => {
    const session = await alice.session(id);
    return session.ssh ? session : null;
  });
  const { code, stdout, stderr } = await startSsh(site, alice, [`alice+${name}@hub`, command]);
  if (code === 255) throw new Error(`ssh could not: ${stderr}`);
  return { code, stdout };
}

async function startSsh(site: Fixture, alice: Person, args: readonly string[]): ReturnType<Testbed["exec"]> {
  const asAlice = { user: "alice" };
  const make =
    "umask 077; mkdir -p ~/.ssh; [ -e ~/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519; cat ~/.ssh/*.pub";
  const publicKey = (await site.testbed.mustExec("login", ["sh", "-c", make], asAlice)).trim();
  const { keys } = await alice.json<{ keys: { note: string }[] }>("/api/v1/ssh-keys");
  if (keys.length === 0) await alice.json("/api/v1/ssh-keys", { method: "POST", body: JSON.stringify({ publicKey }) });
  const options = ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=accept-new"];
  return site.testbed.exec("login", ["ssh", ...options, "-p", String(DOOR_PORT), ...args], asAlice);
}

/** Starts a session and waits until it answers. */
export async function startReady(person: Person, profile: string, name: string): Promise<Session> {
  const { id } = await person.launch({ profile, name });
  return person.waitFor(id, ["ready"]);
}

/** Waits until a session that a fault has cut off answers again by itself; it must never have ended. */
export async function waitUntilBack(person: Person, id: string, path: string): Promise<Session> {
  await until(`${path} to answer again`, 120_000, async () => {
    const { state, reason } = await person.session(id).catch(() => ({ state: null, reason: null }));
    if (state === "ended") throw new Error(`session ${id} was ended by the fault: ${reason}`);
    // While the way is cut a request may hang: the next one finds it mended.
    const answer = await person.api(path, { signal: AbortSignal.timeout(5000) }).catch(() => null);
    return state === "ready" && answer?.status === 200;
  });
  return person.session(id);
}

/** Ends what is open. Gives the ids of all sessions there ever were. */
export async function endAll(person: Person): Promise<string[]> {
  for (const { id } of await listSessions(person, "open")) await person.stop(id);
  return (await listSessions(person, "ended")).map(({ id }) => id);
}

/** Ends all sessions: then nothing of any of them is left on any node. One is started and found there before, so that the search is seen to find. */
export async function ensureNothingIsLeft({ testbed }: Fixture, person: Person, profile: string): Promise<void> {
  const { id, job } = await startReady(person, profile, "last");
  const findKinds = async () => new Set((await findTraces(testbed, [id])).map((trace) => trace.split(" ", 2).join(" ")));
  const kinds = new Set(["hub: file", `${job?.node}: folder`, `${job?.node}: process`]);
  await expect.poll(findKinds, { timeout: 60_000, interval: 1000 }).toEqual(kinds);
  const ids = await endAll(person);
  expect(ids).toContain(id);
  await expect.poll(() => findTraces(testbed, ids), { timeout: 60_000, interval: 1000 }).toEqual([]);
}

/** What of these sessions is on any node: processes, sockets, private folders. Not their logs, which stay. */
export async function findTraces(testbed: Testbed, ids: readonly string[]): Promise<string[]> {
  return (await Promise.all(testbed.layout.nodes.map(({ name }) => findTracesOn(testbed, name, ids)))).flat();
}

async function findTracesOn(testbed: Testbed, node: string, ids: readonly string[]): Promise<string[]> {
  const look = async (what: string, script: string) => {
    const found = await testbed.mustExec(node, ["sh", "-c", script]);
    return found.split("\n").flatMap((line) => (line.trim() === "" ? [] : [`${node}: ${what} ${line.trim()}`]));
  };
  const named = ids.map((id) => `-name '*${id}*'`).join(" -o ");
  return [
    // The people have no processes but their sessions' here.
    ...(await look("process", "ps -eww -o uid=,pid=,args= | awk '$1 >= 10000 && $1 < 20000'")),
    ...(await look("folder", "find /tmp /dev/shm /run -maxdepth 2 -name 'fairway-??????????' 2>/dev/null || :")),
    ...(await look("file", `find /tmp /dev/shm /run /var/lib/fairway \\( ${named} \\) 2>/dev/null || :`)),
    ...(await look("process", `ps -eww -o pid=,args= | grep -E '${ids.join("|")}' | grep -v grep || :`)),
  ];
}

/** Looks at all that others can see on a node, again and again, until it is told to stop. */
export async function startWatching(testbed: Testbed, nodes: readonly string[]): Promise<{ stop(): Promise<Record<string, string>> }> {
  // As somebody who is nobody's friend: what this account can read, everybody can.
  const script = `exec >/tmp/watched 2>/dev/null </dev/null; touch /tmp/watching
while [ -e /tmp/watching ]; do ps -eww -o args; cat /proc/[0-9]*/environ | tr '\\0' '\\n'; sleep 0.05; done`;
  for (const node of nodes) await testbed.mustExec(node, ["setsid", "--fork", "sh", "-c", script], { user: "nobody", cwd: "/" });
  const stop = async () => {
    const seen: Record<string, string> = {};
    for (const node of nodes) {
      await testbed.mustExec(node, ["rm", "/tmp/watching"]);
      seen[node] = await testbed.mustExec(node, ["sh", "-c", "sort -u /tmp/watched; rm /tmp/watched"]);
    }
    return seen;
  };
  return { stop };
}

/**
 * Nothing that opens a session can be seen by others: in no argv and no environment while it starts, in no log,
 * comment, script, answer of the API.
 */
export async function ensureSecretsAreKept(site: Fixture, profile: string): Promise<void> {
  const { testbed } = site;
  const alice = await site.person("alice");
  const nodes = testbed.layout.nodes.map(({ name }) => name);
  const watch = await startWatching(testbed, nodes);
  const { id, job } = await startReady(alice, profile, "secrets");
  expect((await alice.api("/user/alice/secrets/")).status).toBe(200);
  const seen = await watch.stop();
  expect(seen[job?.node ?? ""], "what the watcher sees").toContain("slurm_script");
  const [node, jobId] = [job?.node ?? "", job?.id ?? ""];
  const environment = await testbed.mustExec("head", ["sacct", "-j", jobId, "--env-vars"]);
  const places: Record<string, string> = {
    ...Object.fromEntries(Object.entries(seen).map(([name, text]) => [`ps and environments on ${name}`, text])),
    "the script": await testbed.mustExec("head", ["scontrol", "write", "batch_script", jobId, "-"]),
    "the job, its comment": await testbed.mustExec("head", ["scontrol", "-d", "show", "job", jobId]),
    "the job's log": (await alice.json<{ text: string }>(`/api/v1/sessions/${id}/log`)).text,
    "the API": JSON.stringify(await alice.session(id)),
    "the gateway's log": await testbed.mustExec("hub", ["cat", LOG_FILE]),
    "Slurm's logs": await testbed.mustExec(node, ["sh", "-c", "cat /var/log/slurm/*"]),
  };
  const secrets = { "alice's token": [alice.token], ...(await readSecrets(testbed, node)) };
  for (const [place, text] of Object.entries(places)) {
    expect(text.length, place).toBeGreaterThan(0);
    for (const [secret, parts] of Object.entries(secrets)) {
      expect(
        parts.some((part) => text.includes(part)),
        `${secret} can be seen: ${place}`,
      ).toBe(false);
    }
  }
  // The scheduler's record holds the one that is dead by then, and nothing else; nobody could see that while it lived.
  for (const [secret, parts] of Object.entries(secrets))
    expect(
      parts.some((part) => environment.includes(part)),
      secret,
    ).toBe(false);
  const enrolToken = /FAIRWAY_ENROL_TOKEN=([A-Za-z0-9_-]{43})/.exec(environment)?.[1] ?? "none";
  expect(enrolToken).not.toBe("none");
  for (const [name, text] of Object.entries(seen)) expect(text.includes(enrolToken), `the enrolment token on ${name}`).toBe(false);
  await alice.stop(id);
}

/** The run's secret, and each line of every private key, from the private folders on the node and from the hub; as only root can. */
async function readSecrets(testbed: Testbed, node: string): Promise<Record<string, string[]>> {
  const secret = await testbed.mustExec(node, ["sh", "-c", "cat /tmp/fairway-*/secret"]);
  expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
  const find = (folder: string) => `grep -rlIs 'PRIVATE KEY' ${folder} | xargs -r cat`;
  const keys = (text: string) => text.split("\n").filter((line) => /^[A-Za-z0-9+/=]{40,}$/.test(line));
  const inJob = keys(await testbed.mustExec(node, ["sh", "-c", find("/tmp/fairway-*")]));
  const inHub = keys(await testbed.mustExec("hub", ["sh", "-c", find("/var/lib/fairway /var/lib/fairway/.ssh")]));
  expect(inJob.length, "keys of the run").toBeGreaterThan(0);
  return { "the session's secret": [secret], "a key of the run": inJob, "a key of the hub": inHub };
}
