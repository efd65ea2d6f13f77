/**
 * `fairway serve` with a door, and without Slurm: a person's own ssh comes into a session that was started for them,
 * through the door's port and through the one that browsers use.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { SessionList } from "@fairway/contract/sessions.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import type { z } from "zod";
import { hubMain } from "../paths.ts";
import { freePort } from "../transports/testing/login-node.ts";

const home = mkdtempSync(join(tmpdir(), "fairway-serve-door-"));
const config = join(home, "fairway.yaml");
let serve: ChildProcess;
let url: string;
let ports: { web: number; door: number };
let headers: Record<string, string>;

beforeAll(async () => {
  ports = { web: await freePort(), door: await freePort() };
  url = `http://127.0.0.1:${ports.web}`;
  mkdirSync(join(home, "web"));
  writeFileSync(join(home, "web", "index.html"), "<!doctype html><title>portal</title>");
  // Where root runs the tests, sshd wants the folder that its service would have made.
  if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true });
  writeFileSync(
    config,
    stringify({
      demo: true,
      public_url: url,
      state_dir: join(home, "state"),
      runtime_dir: join(home, "run"),
      web_dir: join(home, "web"),
      listen: [{ address: "127.0.0.1", port: ports.web, ssh: true }],
      door: { listen: [{ address: "127.0.0.1", port: ports.door }], default_profile: "noop" },
      sign_in: { demo_users: { alice: "fairway", bob: "fairway" } },
      clusters: { here: { scheduler: "local", act_as: "service" } },
      profiles: [{ name: "noop", title: "Nothing", app: "noop", cluster: "here", resources: { time: "10m" } }],
    }),
  );
  const log = openSync(join(home, "log"), "a");
  serve = spawn(process.execPath, [hubMain, "serve", "--config", config], { stdio: ["ignore", log, log] });
  await until("Fairway to answer", async () => (await fetch(`${url}/api/v1/health`)).ok);
  headers = { ...(await signIn("alice")), "content-type": "application/json" };
});

afterAll(async () => {
  const { sessions } = await list();
  for (const { id } of sessions) await fetch(`${url}/api/v1/sessions/${id}`, { method: "DELETE", headers });
  await until("all to end", async () => (await list()).sessions.every(({ state }) => state === "ended"));
  const ended = once(serve, "exit");
  serve.kill("SIGTERM");
  await ended;
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

async function signIn(username: string): Promise<Record<string, string>> {
  const body = JSON.stringify({ username, password: "fairway" });
  const answer = await fetch(`${url}/api/v1/sign-in`, { method: "POST", headers: { "content-type": "application/json" }, body });
  const cookies = answer.headers.getSetCookie().map((line) => line.split(";")[0]);
  return { cookie: cookies.join("; "), "x-xsrftoken": ((await answer.json()) as { xsrf: string }).xsrf };
}

async function list(): Promise<z.infer<typeof SessionList>> {
  return (await (await fetch(`${url}/api/v1/sessions`, { headers })).json()) as z.infer<typeof SessionList>;
}

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 50_000;
  for (;;) {
    // Not answering yet is what is being waited out.
    if (await look().catch(() => false)) return;
    if (Date.now() > deadline) throw new Error(`${what}: not in time. The log:\n${readFileSync(join(home, "log"), "utf8").slice(-3000)}`);
    await delay(50);
  }
}

/** With the key that was registered, and the host key that the API tells. */
async function ssh(port: number, user: string, ...command: string[]) {
  const { knownHosts } = (await (await fetch(`${url}/api/v1/ssh`, { headers })).json()) as { knownHosts: string[] };
  const key = knownHosts[0]?.split(" ").slice(1).join(" ");
  writeFileSync(join(home, "known_hosts"), `[127.0.0.1]:${ports.door} ${key}\n[127.0.0.1]:${ports.web} ${key}\n`);
  const options = ["StrictHostKeyChecking=yes", `UserKnownHostsFile=${join(home, "known_hosts")}`, "IdentitiesOnly=yes", "BatchMode=yes"];
  const args = [...options.flatMap((option) => ["-o", option]), "-F", "/dev/null", "-i", join(home, "key"), "-p", String(port)];
  const child = spawn("ssh", [...args, `${user}@127.0.0.1`, ...command], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: (await ended)[0] as number, stdout, stderr };
}

test("a registered key opens a session that was started for it; its environment is the job's", async () => {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(home, "key")]);
  const publicKey = readFileSync(join(home, "key.pub"), "utf8").trim();
  const added = await fetch(`${url}/api/v1/ssh-keys`, { method: "POST", headers, body: JSON.stringify({ publicKey }) });
  expect(added.status).toBe(201);
  await until("the door to answer", async () => (await ssh(ports.door, "nobody", "true")).stderr.includes("Permission denied"));

  const ran = await ssh(ports.door, "alice", "echo $FAIRWAY_SESSION; exit 5");
  expect(ran).toMatchObject({ code: 5 });
  const [session] = (await list()).sessions;
  expect(ran.stderr).toContain("Started Nothing for you.");
  expect(session).toMatchObject({ state: "ready", ssh: true });
}, 90_000);

test("the browsers' port takes it, too; bob comes in nowhere", async () => {
  expect(await ssh(ports.web, "alice", "echo through")).toMatchObject({ code: 0, stdout: "through\n" });
  expect(await ssh(ports.web, "bob", "echo through")).toMatchObject({ code: 255, stdout: "" });
});

test("a door that dies is there again; a stop closes what is open, and no secret stands in the log", async () => {
  const long = ssh(ports.door, "alice", "echo here; exec sleep 1000");
  await until("the shell", async () => readFileSync(join(home, "log"), "utf8").split('"action":"door.exec"').length > 3);
  const [session] = (await list()).sessions;
  await fetch(`${url}/api/v1/sessions/${session?.id}`, { method: "DELETE", headers });
  expect(await long).toMatchObject({ code: 255, stderr: expect.stringMatching(/ended/) });
  const door = readdirSync("/proc").find((pid) => isDoor(pid));
  process.kill(Number(door), "SIGKILL");
  await until("the door to answer again", async () => (await ssh(ports.door, "nobody", "true")).stderr.includes("Permission denied"));
  expect(readFileSync(join(home, "log"), "utf8")).not.toMatch(/fwt_|BEGIN|PRIVATE|"password"|eyJ/);
}, 90_000);

/** Ours: its configuration lies in this test's folder. */
function isDoor(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(join(home, "run", "door.json"));
  } catch {
    // No process, or gone meanwhile.
    return false;
  }
}
