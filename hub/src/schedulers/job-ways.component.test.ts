/** The ways into a job that hub/share/job-tunnel.sh and job-sshd.sh open: the node's own ssh and sshd, real ones. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { makeSshKey, type SshKeyPair } from "../pki/ssh-ed25519.ts";
import { JobRun } from "./testing/job-run.ts";
import { askOver, type StandInDoor, secure, startProxy, startStandInDoor } from "./testing/stand-in-door.ts";

const noop = fileURLToPath(new URL("../../share/apps/noop.sh", import.meta.url));
const cleanups: (() => unknown)[] = [];
let job: JobRun;
let tunnelKey: SshKeyPair;
let hostKey: SshKeyPair;
let doorKey: SshKeyPair;

beforeAll(() => {
  // A distribution makes it when it starts its own sshd; a container may not. Only root's needs it.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
});
beforeEach(async () => {
  job = await JobRun.open();
  [tunnelKey, hostKey, doorKey] = [makeSshKey(""), makeSshKey(""), makeSshKey("")];
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await job.close();
});

const base64 = (text: string) => Buffer.from(text).toString("base64");

async function openDoor(run: JobRun = job): Promise<StandInDoor> {
  const door = await startStandInDoor(`+${run.session}`, tunnelKey.publicKey);
  cleanups.push(() => door.close());
  Object.assign(run.gateway.also, {
    FAIRWAY_ROUTE: "tunnel",
    FAIRWAY_TUNNEL_TO: `127.0.0.1:${door.port}`,
    FAIRWAY_TUNNEL_KEY: base64(tunnelKey.privateKey),
    FAIRWAY_TUNNEL_KNOWN_HOSTS: base64(`fairway-door ${door.hostKey.publicKey}\n`),
  });
  return door;
}

function letSsh(run: JobRun = job): void {
  Object.assign(run.gateway.also, {
    FAIRWAY_SSHD_HOST_KEY: base64(hostKey.privateKey),
    FAIRWAY_SSHD_AUTHORIZED_KEY: base64(doorKey.publicKey),
  });
}

/** As the door comes: a stock client with the door's key, which knows the host's. */
function ssh(port: number, command: string, key = doorKey): Promise<{ code: number; stdout: string; stderr: string }> {
  const files = { key: join(job.folder, "door_key"), known: join(job.folder, "known"), config: join(job.folder, "config") };
  writeFileSync(files.key, key.privateKey, { mode: 0o600 });
  writeFileSync(files.known, `node ${hostKey.publicKey}\n`);
  const options = [
    "BatchMode=yes",
    "HostKeyAlias=node",
    "StrictHostKeyChecking=yes",
    `UserKnownHostsFile=${files.known}`,
    "IdentitiesOnly=yes",
  ];
  const argv = ["-F", "none", "-i", files.key, "-p", String(port), ...options.flatMap((option) => ["-o", option])];
  return new Promise((resolve) => {
    execFile("ssh", [...argv, `${userInfo().username}@127.0.0.1`, command], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe("a tunnel", () => {
  test("leads to the app's own Unix socket: no port is opened on the node, and nobody else there can reach it", async () => {
    const door = await openDoor();
    const ports = await job.freePorts(2);
    await job.start({ FAIRWAY_PORTS: ports.join(" ") }, await job.makePath("curl", "ssh"));
    expect(await job.gateway.next("enrol")).toMatchObject({ ssh: 1, socket: 1 });
    expect(await door.opened()).toEqual(["/app.sock"]);
    await job.untilListening();
    expect(await askOver(await door.dial("/app.sock"), job.gateway.secret)).toEqual({ status: 200, body: "ok" });
    expect((await askOver(await door.dial("/app.sock"), "wrong")).status).toBe(403);
    expect(job.listeningPorts()).toEqual([]);
    expect(statSync(join(job.runtimeDir(), "app.sock")).mode & 0o777).toBe(0o600);
    expect(statSync(job.runtimeDir()).mode & 0o777).toBe(0o700);
    await job.stop();
    await expect.poll(() => job.processes(), { timeout: 10_000 }).toEqual([]);
  });

  test("that broke is dialled again, for as long as the job runs", async () => {
    const door = await openDoor();
    await job.start({ FAIRWAY_PORTS: "1" }, await job.makePath("curl", "ssh"));
    await door.opened();
    await job.untilListening();
    for (const calls of [2, 3]) {
      door.cut();
      while (door.callers.length < calls) await sleep(20);
      await door.opened();
      expect((await askOver(await door.dial("/app.sock"), job.gateway.secret)).status).toBe(200);
    }
    expect(job.readLog()).toMatch(/tunnel to the gateway is down/);
  });

  test("to somebody with another key is not opened: nothing is proved to them", async () => {
    const door = await openDoor();
    job.gateway.also.FAIRWAY_TUNNEL_KNOWN_HOSTS = base64(`fairway-door ${makeSshKey("").publicKey}\n`);
    await job.start({ FAIRWAY_PORTS: "1" }, await job.makePath("curl", "ssh"));
    await job.untilLogged("tunnel to the gateway is down");
    expect(door.callers).toEqual([]);
    expect(job.readLog()).toMatch(/Host key verification failed/);
  });

  test("to an app that needs a port: on loopback, with the pinned key, and it follows when that port was taken", async () => {
    const door = await openDoor();
    const site = join(job.folder, "site");
    mkdirSync(site);
    writeFileSync(join(site, "probe.app.sh"), readFileSync(noop, "utf8").replace("app_listens_on_socket() { :; }", ""));
    const [first = 0, second = 0] = await job.freePorts(2);
    job.gateway.beforeAnswer = () => job.squat(first).then(() => undefined);
    await job.start({ FAIRWAY_PORTS: `${first} ${second}` }, await job.makePath("curl", "ssh"), "probe");
    expect(await job.gateway.next("enrol")).toMatchObject({ socket: 0, port: first });
    expect(await job.gateway.next("report")).toMatchObject({ port: second });
    await job.untilLogged(" listens on ");
    await door.opened();
    expect(job.listeningPorts()).toEqual([second]);
    const stream = await secure(await door.dial("/app.sock"));
    expect(stream.getPeerX509Certificate()?.toString()).toBe(job.gateway.certificatePem);
    expect((await askOver(stream, job.gateway.secret)).status).toBe(200);
  });

  test("where there is no ssh: the job ends and says why", async () => {
    await openDoor();
    const child = await job.start({ FAIRWAY_PORTS: "1" }, await job.makePath("curl"));
    expect(await job.gateway.next("enrol")).toMatchObject({ ssh: 0 });
    expect(await job.gateway.next("report")).toMatchObject({ exit: 69 });
    expect(child.exitCode === null || child.exitCode === 69).toBe(true);
    expect(job.readLog()).toMatch(/there is no ssh on this node/);
  });

  test.each(["curl", "wget", "python3"])("through a proxy, which the enrolment goes through, too: %s", async (client) => {
    const proxy = await startProxy();
    cleanups.push(() => proxy.close());
    const door = await openDoor();
    await job.start({ FAIRWAY_PORTS: "1", FAIRWAY_TUNNEL_PROXY: proxy.url }, await job.makePath(client, "ssh"));
    await job.gateway.next("enrol");
    await door.opened();
    await job.untilListening();
    expect((await askOver(await door.dial("/app.sock"), job.gateway.secret)).status).toBe(200);
    expect(new Set(proxy.asked)).toEqual(new Set([new URL(job.gateway.url).host, `127.0.0.1:${door.port}`]));
  });

  test("a proxy that is not there keeps no job from enrolling", async () => {
    const [nobody = 0, port = 0] = await job.freePorts(2);
    await job.start({ FAIRWAY_PORTS: String(port), FAIRWAY_TUNNEL_PROXY: `http://127.0.0.1:${nobody}` }, await job.makePath("curl"));
    expect(await job.gateway.next("enrol")).toMatchObject({ port });
    await job.untilListening();
  });
});

describe("the session's sshd", () => {
  async function startWithSshd(values: Readonly<Record<string, string>> = {}): Promise<{ port: number; sshd: number }> {
    letSsh();
    const ports = await job.freePorts(3);
    await job.start({ FAIRWAY_PORTS: ports.join(" "), ...values }, await job.makePath("curl", "ssh", "setsid"));
    const { port, sshd } = await job.gateway.next("enrol");
    expect(sshd).toBe(1);
    const report = await job.gateway.next("report");
    expect(report).toEqual({ session: job.session, secret: job.gateway.secret, sshd: expect.any(Number) });
    return { port, sshd: report.sshd ?? 0 };
  }

  test("gives its person commands with exit codes and separate outputs, what the job has in its environment, and files", async () => {
    const { port, sshd } = await startWithSshd({ CUDA_VISIBLE_DEVICES: "0,1", GREETING: "two words, #1 'quoted' $HOME" });
    expect(sshd).not.toBe(port);
    expect(await ssh(sshd, "echo out; echo err >&2; exit 7")).toEqual({
      code: 7,
      stdout: "out\n",
      // The person's own shell may have something to say before.
      stderr: expect.stringMatching(/(^|\n)err\n$/),
    });
    const shown = (await ssh(sshd, "env")).stdout.split("\n");
    for (const line of [
      "SLURM_JOB_ID=4711",
      "CUDA_VISIBLE_DEVICES=0,1",
      "GREETING=two words, #1 'quoted' $HOME",
      `FAIRWAY_SESSION=${job.session}`,
    ])
      expect(shown).toContain(line);
    expect(shown.filter((line) => line.startsWith("FAIRWAY_"))).toHaveLength(1);
  });

  test("lets nobody in with another key", async () => {
    const { sshd } = await startWithSshd();
    expect(await ssh(sshd, "true", makeSshKey(""))).toMatchObject({
      code: 255,
      stderr: expect.stringContaining("Permission denied (publickey)"),
    });
  });

  test("ends with its job, and all that was started through it", async () => {
    const { sshd } = await startWithSshd();
    const mark = join(job.folder, "mark");
    // Left behind on purpose: in a session of its own, and with nothing open that its connection would close.
    void ssh(sshd, `setsid sh -c 'echo $$ >${mark}; exec sleep 600' </dev/null >/dev/null 2>&1; sleep 600`);
    while (!existsSync(mark) || readFileSync(mark, "utf8") === "") await sleep(20);
    const pid = readFileSync(mark, "utf8").trim();
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    await job.stop();
    while (existsSync(`/proc/${pid}`)) await sleep(20);
    await expect.poll(() => job.processes(), { timeout: 10_000 }).toEqual([]);
  });

  test("takes the next of its ports when somebody has that one", async () => {
    letSsh();
    const [app = 0, taken = 0, free = 0] = await job.freePorts(3);
    await job.squat(taken);
    await job.start({ FAIRWAY_PORTS: `${app} ${taken} ${free}` }, await job.makePath("curl"));
    await job.gateway.next("enrol");
    expect(await job.gateway.next("report")).toMatchObject({ sshd: free });
    expect((await ssh(free, "echo here")).stdout).toBe("here\n");
  });

  test("that finds no port leaves the session as it is", async () => {
    letSsh();
    const [app = 0, taken = 0] = await job.freePorts(2);
    await job.squat(taken);
    await job.start({ FAIRWAY_PORTS: `${app} ${taken}` }, await job.makePath("curl"));
    await job.gateway.next("enrol");
    await job.untilLogged("There will be no ssh into this session");
    await job.stop();
    expect(await job.gateway.next("report")).toMatchObject({ exit: 143 });
  });

  test("is not started any more when the stop comes before it: the job ends, and nothing of it stays", async () => {
    letSsh();
    const path = await job.makePath("curl");
    // How busy the node is is asked between the app and the sshd: the stop comes at that moment.
    const [asked, go] = [join(job.folder, "asked"), join(job.folder, "go")];
    writeFileSync(join(path, "nproc"), `#!/bin/sh\n: >${asked}\nwhile [ ! -e ${go} ]; do sleep 0.05; done\necho 2\n`, { mode: 0o700 });
    await job.start({ FAIRWAY_PORTS: (await job.freePorts(2)).join(" ") }, path);
    while (!existsSync(asked)) await sleep(20);
    const stopped = job.stop();
    writeFileSync(go, "");
    await stopped;
    expect(job.readLog()).toMatch(/Asked to stop; telling noop\.\n(Terminated\n)?.*Ended with exit code 143\.\n$/);
    expect(readdirSync(join(job.folder, "tmp"))).toEqual([]);
  });

  test("is reached by the second end of a tunnel, on loopback alone", async () => {
    const door = await openDoor();
    const { sshd } = await startWithSshd();
    expect(await door.opened()).toEqual(["/app.sock", "/sshd.sock"]);
    const stream = await door.dial("/sshd.sock");
    const [greeting] = (await stream.take(1).toArray()) as Buffer[];
    expect(greeting?.toString()).toMatch(/^SSH-2\.0-/);
    expect(readFileSync("/proc/net/tcp", "utf8")).toContain(
      `0100007F:${sshd.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A`,
    );
  });

  test("of two sessions of one person on a node: each has its own", async () => {
    const other = await JobRun.open("bcdefghj2345");
    cleanups.push(() => other.close());
    letSsh(job);
    letSsh(other);
    const ports = await job.freePorts(4);
    const path = await job.makePath("curl");
    await job.start({ FAIRWAY_PORTS: ports.join(" ") }, path);
    await job.gateway.next("enrol");
    const first = await job.gateway.next("report");
    await other.start({ FAIRWAY_PORTS: ports.join(" ") }, path);
    await other.gateway.next("enrol");
    let second = await other.gateway.next("report");
    // Its app may have come to the port that the first one's sshd has, and moved.
    if (second.sshd === undefined) second = await other.gateway.next("report");
    expect(second.sshd).not.toBe(first.sshd);
    expect((await ssh(first.sshd ?? 0, "echo $FAIRWAY_SESSION")).stdout).toBe(`${job.session}\n`);
    expect((await ssh(second.sshd ?? 0, "echo $FAIRWAY_SESSION")).stdout).toBe(`${other.session}\n`);
  });
});

test("no key and no secret is in an argv, an environment or the log of what a job starts", async () => {
  const door = await openDoor();
  letSsh();
  await job.start({ FAIRWAY_PORTS: (await job.freePorts(2)).join(" ") }, await job.makePath("curl", "ssh"));
  await door.opened();
  await job.untilListening();
  const all = job.processes();
  expect(all.map(({ argv }) => argv.split("\0")[0]?.split("/").at(-1))).toEqual(expect.arrayContaining(["ssh", "python3"]));
  const secrets = [
    job.token,
    job.gateway.secret,
    ...[tunnelKey, hostKey].map(({ privateKey }) => privateKey.split("\n")[3] ?? ""),
    "PRIVATE KEY",
  ];
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(10);
    for (const { argv, environment } of all) expect(argv + environment).not.toContain(secret);
    expect(job.readLog()).not.toContain(secret);
  }
});

test("the site's proxies reach the app, and never what is on the node itself", async () => {
  const site = join(job.folder, "site");
  mkdirSync(site);
  writeFileSync(join(site, "probe.app.sh"), "app_run() { env | grep -i proxy | sort; exit 0; }\n");
  const values = { FAIRWAY_HTTP_PROXY: "http://proxy.example:3128", FAIRWAY_NO_PROXY: ".example.org" };
  await job.start({ FAIRWAY_PORTS: String((await job.freePorts(1))[0]), ...values }, await job.makePath("curl", "sort"), "probe");
  await job.gateway.next("enrol");
  expect(await job.gateway.next("report")).toMatchObject({ exit: 0 });
  for (const line of [
    "http_proxy=http://proxy.example:3128",
    "HTTP_PROXY=http://proxy.example:3128",
    "no_proxy=localhost,127.0.0.1,::1,.example.org",
  ])
    expect(job.readLog()).toContain(line);
});
