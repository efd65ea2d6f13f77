/** The job script (hub/share/job.sh) as sh runs it on a node, against a gateway that is a real HTTPS server. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { createServer as createTcpServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createExec } from "../transports/local/exec.ts";
import { type Gateway, startGateway } from "./testing/gateway.ts";

const share = fileURLToPath(new URL("../../share", import.meta.url));
/** What a bare node has; the HTTP client is added by each test. */
const TOOLS = "sh cat cut date uname mktemp rm base64 od tr grep tail sed sleep id hostname getent python3 env".split(" ");
const token = randomBytes(32).toString("base64url");
const session = "abcdefgh2345";

let folder: string;
let gateway: Gateway;
let job: ChildProcess | null;
const squatters: Server[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fairway-job-"));
  gateway = await startGateway({ session, token });
  job = null;
});
afterEach(async () => {
  if (job?.exitCode === null) process.kill(-(job.pid ?? 0), "SIGKILL");
  for (const squatter of squatters.splice(0)) squatter.close();
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A PATH with the bare tools and those named, so that the script has no other choice. */
async function makePath(...clients: string[]): Promise<string> {
  const bin = mkdtempSync(join(folder, "bin-"));
  const { stdout } = await createExec()(
    { argv: ["sh", "-c", `command -v ${[...new Set([...TOOLS, ...clients])].join(" ; command -v ")}`] },
    { timeoutMs: 5000 },
  );
  for (const program of stdout.trim().split("\n"))
    if (program.startsWith("/")) symlinkSync(program, join(bin, program.slice(program.lastIndexOf("/") + 1)));
  return bin;
}

async function squat(port = 0): Promise<number> {
  const server = createTcpServer().listen(port, "0.0.0.0");
  squatters.push(server);
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function freePorts(count: number): Promise<number[]> {
  const ports = await Promise.all(Array.from({ length: count }, () => squat()));
  await Promise.all(squatters.splice(-count).map((server) => once(server.close(), "close")));
  return ports;
}

async function start(values: Readonly<Record<string, string>>, path: string, app = "noop"): Promise<ChildProcess> {
  const script = await createExec()(
    { argv: [join(share, "make-app-script"), app], env: { FAIRWAY_SITE_APPS: join(folder, "site") } },
    { timeoutMs: 5000 },
  );
  writeFileSync(join(folder, "script"), script.stdout);
  mkdirSync(join(folder, "tmp"), { recursive: true });
  const env = {
    PATH: path,
    TMPDIR: join(folder, "tmp"),
    HOME: folder,
    SLURM_JOB_ID: "4711",
    FAIRWAY_SESSION: session,
    FAIRWAY_APP: app,
    FAIRWAY_ENROL_TOKEN: token,
    FAIRWAY_ENROL_URL: gateway.url,
    FAIRWAY_CA: gateway.ca,
    FAIRWAY_BASE_URL: "/user/alice/",
    FAIRWAY_ADDRESS: "loopback",
    FAIRWAY_TLS: "1",
    ...values,
  };
  job = spawn("/bin/sh", [join(folder, "script")], { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  job.stdout?.on("data", (chunk: Buffer) => writeFileSync(join(folder, "log"), chunk, { flag: "a" }));
  job.stderr?.on("data", (chunk: Buffer) => writeFileSync(join(folder, "log"), chunk, { flag: "a" }));
  return job;
}

const readLog = () => (existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8") : "");

async function untilListening(): Promise<void> {
  while (!readLog().includes(" listens on ")) await sleep(50);
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) await once(child, "close");
  return child.exitCode;
}

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
    const [port = 0] = await freePorts(1);
    const child = await start({ FAIRWAY_PORTS: `${port} 1` }, await makePath(client));
    const enrolment = await gateway.next("enrol");
    expect(enrolment).toMatchObject({ session, token, job: "4711", restarts: 0, host: "127.0.0.1", port });
    await untilListening();
    expect(await ask(port, gateway.secret)).toEqual({ status: 200, certificate: gateway.certificatePem });
    expect((await ask(port, "wrong")).status).toBe(403);

    // Slurm tells the script alone, not what it started.
    child.kill("SIGTERM");
    expect(await gateway.next("report")).toEqual({ session, secret: gateway.secret, exit: 143 });
    expect(await exitOf(child)).toBe(143);
    expect(readdirSync(join(folder, "tmp"))).toEqual([]);
    expect(readLog()).toMatch(/noop listens on 127\.0\.0\.1:/);
    for (const secret of [token, gateway.secret, "PRIVATE KEY"]) expect(readLog()).not.toContain(secret);
  });

  test("a gateway whose certificate another authority signed is told nothing", async () => {
    const other = await startGateway({ session, token });
    const [port = 0] = await freePorts(1);
    const child = await start({ FAIRWAY_PORTS: String(port), FAIRWAY_CA: other.ca }, await makePath(client));
    while (!readLog().includes("does not answer yet")) await sleep(50);
    child.kill("SIGTERM");
    expect(await exitOf(child)).toBe(77);
    expect(gateway.seen).toEqual([]);
    await other.close();
  });

  test("a refused enrolment is given up at once", async () => {
    const [port = 0] = await freePorts(1);
    gateway.answerNext(403);
    expect(await exitOf(await start({ FAIRWAY_PORTS: String(port) }, await makePath(client)))).toBe(77);
    expect(gateway.seen).toHaveLength(1);
  });

  test("a restarting gateway is asked again, with the same nonce", async () => {
    const [port = 0] = await freePorts(1);
    gateway.answerNext(503, "lost");
    const child = await start({ FAIRWAY_PORTS: String(port) }, await makePath(client));
    const nonces = [await gateway.next("enrol"), await gateway.next("enrol"), await gateway.next("enrol")].map((body) => body.nonce);
    expect(new Set(nonces).size).toBe(1);
    await untilListening();
    child.kill("SIGTERM");
    await exitOf(child);
  });
});

test("a port that somebody has is passed over; with none left the job ends and says so", async () => {
  const taken = await squat();
  const [free = 0] = await freePorts(1);
  const path = await makePath("curl");
  const child = await start({ FAIRWAY_PORTS: `${taken} ${free}` }, path);
  expect((await gateway.next("enrol")).port).toBe(free);
  await untilListening();
  child.kill("SIGTERM");
  await exitOf(child);
  expect(await exitOf(await start({ FAIRWAY_PORTS: `${taken}` }, path))).toBe(75);
  expect(readLog()).toMatch(/All ports that this session may use are taken/);
});

test("a port that is taken between choosing and starting is left for the next, and that is reported", async () => {
  const [first = 0, second = 0] = await freePorts(2);
  gateway.beforeAnswer = () => squat(first).then(() => undefined);
  const child = await start({ FAIRWAY_PORTS: `${first} ${second}` }, await makePath("curl"));
  expect((await gateway.next("enrol")).port).toBe(first);
  expect(await gateway.next("report")).toMatchObject({ port: second });
  await untilListening();
  expect((await ask(second, gateway.secret)).status).toBe(200);
  child.kill("SIGTERM");
  await exitOf(child);
});

test("the enrolment token and the secret are in no argv and no environment of what the job starts", async () => {
  const [port = 0] = await freePorts(1);
  const child = await start({ FAIRWAY_PORTS: String(port) }, await makePath("curl"));
  await gateway.next("enrol");
  await untilListening();
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && groupOf(name) === child.pid && Number(name) !== child.pid);
  expect(all.length).toBeGreaterThan(0);
  for (const pid of all) {
    const shown = readProc(pid, "cmdline") + (readProc(pid, "comm").trim() === "sh" ? "" : readProc(pid, "environ"));
    for (const secret of [token, gateway.secret]) expect(shown).not.toContain(secret);
  }
  child.kill("SIGTERM");
  await exitOf(child);
});

test("an address in the clear is for loopback only", async () => {
  const path = await makePath("curl");
  expect(await exitOf(await start({ FAIRWAY_PORTS: "1", FAIRWAY_ENROL_URL: "http://192.0.2.1:1/x" }, path))).toBe(78);
  expect(await exitOf(await start({ FAIRWAY_PORTS: "1", FAIRWAY_ENROL_URL: "https://192.0.2.1:1/x", FAIRWAY_CA: "none" }, path))).toBe(78);
  expect(
    await exitOf(await start({ FAIRWAY_PORTS: "1", FAIRWAY_ENROL_URL: "http://127.0.0.1.evil.example/", FAIRWAY_CA: "none" }, path)),
  ).toBe(78);
});

test("without pinned TLS the app is served in the clear, though the gateway gave it a key", async () => {
  const [port = 0] = await freePorts(1);
  const child = await start({ FAIRWAY_PORTS: String(port), FAIRWAY_TLS: "0" }, await makePath("curl"));
  await gateway.next("enrol");
  await untilListening();
  const reply = await fetch(`http://127.0.0.1:${port}/user/alice/`, { headers: { authorization: `token ${gateway.secret}` } });
  expect([reply.status, await reply.text()]).toEqual([200, "ok"]);
  child.kill("SIGTERM");
  await exitOf(child);
});

test("the app's own exit code is the job's; prologue and epilogue of the site run around it", async () => {
  const [port = 0] = await freePorts(1);
  const site = join(folder, "site");
  mkdirSync(site);
  writeFileSync(join(site, "probe.app.sh"), 'app_run() { echo "app with $FROM_PROLOGUE, umask $(umask)"; exit 7; }\n');
  writeFileSync(join(site, "probe.prologue.sh"), "umask 027\nFROM_PROLOGUE=modules\n");
  writeFileSync(join(site, "probe.epilogue.sh"), "echo swept\n");
  const child = await start({ FAIRWAY_PORTS: String(port) }, await makePath("curl"), "probe");
  expect(await gateway.next("enrol")).toMatchObject({ port });
  expect(await gateway.next("report")).toMatchObject({ exit: 7 });
  expect(await exitOf(child)).toBe(7);
  expect(readLog()).toMatch(/app with modules, umask 0?027[\s\S]*swept/);
});

const groupOf = (pid: string) =>
  Number(
    readProc(pid, "stat")
      .replace(/^.*\) /, "")
      .split(" ")[2],
  );

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // it has ended
  }
}
