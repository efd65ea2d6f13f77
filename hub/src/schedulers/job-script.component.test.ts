/** The job script (hub/share/job.sh) as sh runs it on a node, against a gateway that is a real HTTPS server. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startGateway } from "./testing/gateway.ts";
import { exitOf, JobRun } from "./testing/job-run.ts";

let job: JobRun;

beforeEach(async () => {
  job = await JobRun.open();
});
afterEach(() => job.close());

/** As the edge asks: over TLS, the secret in a header. */
function ask(port: number, secret: string): Promise<{ status: number; certificate: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `token ${secret}` };
    get({ host: "127.0.0.1", port, rejectUnauthorized: false, agent: false, headers, path: "/user/alice/" }, (reply) => {
      const certificate = reply.socket instanceof TLSSocket ? (reply.socket.getPeerX509Certificate()?.toString() ?? "") : "";
      reply.resume().on("end", () => resolve({ status: reply.statusCode ?? 0, certificate }));
    }).on("error", reject);
  });
}

describe.each(["curl", "wget", "python3"])("with %s", (client) => {
  test("a job enrols, listens, and says how it ended", async () => {
    const [port = 0] = await job.freePorts(1);
    const child = await job.start({ FAIRWAY_PORTS: `${port} 1` }, await job.makePath(client));
    const enrolment = await job.gateway.next("enrol");
    expect(enrolment).toMatchObject({ session: job.session, token: job.token, job: "4711", restarts: 0, host: "127.0.0.1", port });
    await job.untilListening();
    expect(await ask(port, job.gateway.secret)).toEqual({ status: 200, certificate: job.gateway.certificatePem });
    expect((await ask(port, "wrong")).status).toBe(403);

    // Slurm tells the script alone, not what it started.
    child.kill("SIGTERM");
    expect(await job.gateway.next("report")).toEqual({ session: job.session, secret: job.gateway.secret, exit: 143 });
    expect(await exitOf(child)).toBe(143);
    expect(readdirSync(join(job.folder, "tmp"))).toEqual([]);
    expect(job.readLog()).toMatch(/noop listens on 127\.0\.0\.1:/);
    for (const secret of [job.token, job.gateway.secret, "PRIVATE KEY"]) expect(job.readLog()).not.toContain(secret);
  });

  test("a gateway whose certificate another authority signed is told nothing", async () => {
    const other = await startGateway(job);
    const [port = 0] = await job.freePorts(1);
    const child = await job.start({ FAIRWAY_PORTS: String(port), FAIRWAY_CA: other.ca }, await job.makePath(client));
    await job.untilLogged("does not answer yet");
    child.kill("SIGTERM");
    expect(await exitOf(child)).toBe(77);
    expect(job.gateway.seen).toEqual([]);
    await other.close();
  });

  test("a refused enrolment is given up at once", async () => {
    const [port = 0] = await job.freePorts(1);
    job.gateway.answerNext(403);
    expect(await exitOf(await job.start({ FAIRWAY_PORTS: String(port) }, await job.makePath(client)))).toBe(77);
    expect(job.gateway.seen).toHaveLength(1);
  });

  test("a restarting gateway is asked again, with the same nonce", async () => {
    const [port = 0] = await job.freePorts(1);
    job.gateway.answerNext(503, "lost");
    const child = await job.start({ FAIRWAY_PORTS: String(port) }, await job.makePath(client));
    const nonces = [await job.gateway.next("enrol"), await job.gateway.next("enrol"), await job.gateway.next("enrol")].map(
      (body) => body.nonce,
    );
    expect(new Set(nonces).size).toBe(1);
    await job.untilListening();
    child.kill("SIGTERM");
    await exitOf(child);
  });
});

test("a port that somebody has is passed over; with none left the job ends and says so", async () => {
  const taken = await job.squat();
  const [free = 0] = await job.freePorts(1);
  const path = await job.makePath("curl");
  const child = await job.start({ FAIRWAY_PORTS: `${taken} ${free}` }, path);
  expect((await job.gateway.next("enrol")).port).toBe(free);
  await job.untilListening();
  child.kill("SIGTERM");
  await exitOf(child);
  expect(await exitOf(await job.start({ FAIRWAY_PORTS: `${taken}` }, path))).toBe(75);
  expect(job.readLog()).toMatch(/All ports that this session may use are taken/);
});

test("a port that is taken between choosing and starting is left for the next, and that is reported", async () => {
  const [first = 0, second = 0] = await job.freePorts(2);
  job.gateway.beforeAnswer = () => job.squat(first).then(() => undefined);
  const child = await job.start({ FAIRWAY_PORTS: `${first} ${second}` }, await job.makePath("curl"));
  expect((await job.gateway.next("enrol")).port).toBe(first);
  expect(await job.gateway.next("report")).toMatchObject({ port: second });
  await job.untilListening();
  expect((await ask(second, job.gateway.secret)).status).toBe(200);
  child.kill("SIGTERM");
  await exitOf(child);
});

test("an app that had listened has ended when it ends, whoever listens on its port then", async () => {
  const [first = 0, second = 0] = await job.freePorts(2);
  const site = join(job.folder, "site");
  mkdirSync(site);
  const end = join(job.folder, "end");
  const listener = 'timeout --foreground 120 python3 -m http.server --bind 127.0.0.1 "$PORT"';
  const app = `while [ ! -e ${end} ]; do sleep 0.1; done; exit 9`;
  writeFileSync(join(site, "probe.app.sh"), `app_run() { ${listener} >/dev/null 2>&1 & exec sh -c '${app}'; }\n`);
  const child = await job.start({ FAIRWAY_PORTS: `${first} ${second}` }, await job.makePath("curl", "timeout"), "probe");
  await job.untilListening();
  writeFileSync(end, "");
  expect(await exitOf(child)).toBe(9);
  expect(job.readLog()).not.toMatch(/taken by somebody/);
  process.kill(-Number(child.pid), "SIGKILL"); // the listener, which is still there
});

test("the enrolment token and the secret are in no argv and no environment of what the job starts", async () => {
  const [port = 0] = await job.freePorts(1);
  const child = await job.start({ FAIRWAY_PORTS: String(port) }, await job.makePath("curl"));
  await job.gateway.next("enrol");
  await job.untilListening();
  const all = job.processes();
  expect(all.length).toBeGreaterThan(0);
  for (const { argv, environment } of all)
    for (const secret of [job.token, job.gateway.secret]) expect(argv + environment).not.toContain(secret);
  child.kill("SIGTERM");
  await exitOf(child);
});

test("an address in the clear is for loopback only", async () => {
  const path = await job.makePath("curl");
  expect(await exitOf(await job.start({ FAIRWAY_PORTS: "1", FAIRWAY_ENROL_URL: "http://192.0.2.1:1/x" }, path))).toBe(78);
  expect(await exitOf(await job.start({ FAIRWAY_PORTS: "1", FAIRWAY_ENROL_URL: "https://192.0.2.1:1/x", FAIRWAY_CA: "none" }, path))).toBe(
    78,
  );
  expect(
    await exitOf(await job.start({ FAIRWAY_PORTS: "1", FAIRWAY_ENROL_URL: "http://127.0.0.1.evil.example/", FAIRWAY_CA: "none" }, path)),
  ).toBe(78);
});

test("without pinned TLS the app is served in the clear, though the gateway gave it a key", async () => {
  const [port = 0] = await job.freePorts(1);
  const child = await job.start({ FAIRWAY_PORTS: String(port), FAIRWAY_TLS: "0" }, await job.makePath("curl"));
  await job.gateway.next("enrol");
  await job.untilListening();
  const reply = await fetch(`http://127.0.0.1:${port}/user/alice/`, { headers: { authorization: `token ${job.gateway.secret}` } });
  expect([reply.status, await reply.text()]).toEqual([200, "ok"]);
  child.kill("SIGTERM");
  await exitOf(child);
});

test("the app's own exit code is the job's; prologue and epilogue of the site run around it", async () => {
  const [port = 0] = await job.freePorts(1);
  const site = join(job.folder, "site");
  mkdirSync(site);
  writeFileSync(join(site, "probe.app.sh"), 'app_run() { echo "app with $FROM_PROLOGUE, umask $(umask)"; exit 7; }\n');
  writeFileSync(join(site, "probe.prologue.sh"), "umask 027\nFROM_PROLOGUE=modules\n");
  writeFileSync(join(site, "probe.epilogue.sh"), "echo swept\n");
  const child = await job.start({ FAIRWAY_PORTS: String(port) }, await job.makePath("curl"), "probe");
  expect(await job.gateway.next("enrol")).toMatchObject({ port });
  expect(await job.gateway.next("report")).toMatchObject({ exit: 7 });
  expect(await exitOf(child)).toBe(7);
  expect(job.readLog()).toMatch(/app with modules, umask 0?027[\s\S]*swept/);
});
