/**
 * `fairway serve` without Slurm: sessions as processes of this machine, the whole way over HTTP. They
 * outlive hub, edge and supervisor, and are found again.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Session } from "@fairway/contract/sessions.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { hubMain } from "../paths.ts";
import { freePort } from "../transports/testing/login-node.ts";

const home = mkdtempSync(join(tmpdir(), "fairway-serve-"));
const config = join(home, "fairway.yaml");
let url: string;
let serve: ChildProcess | null = null;
let headers: Record<string, string>;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  mkdirSync(join(home, "web"));
  writeFileSync(join(home, "web", "index.html"), "<!doctype html><title>portal</title>");
  writeFileSync(config, stringify(localSite(port)));
  await start();
});

afterAll(async () => {
  await stop();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

function localSite(port: number) {
  return {
    demo: true,
    public_url: `http://127.0.0.1:${port}`,
    state_dir: join(home, "state"),
    runtime_dir: join(home, "run"),
    web_dir: join(home, "web"),
    listen: [{ address: "127.0.0.1", port }],
    sign_in: { demo_users: { alice: "fairway" } },
    clusters: { here: { scheduler: "local", act_as: "service" } },
    profiles: [{ name: "noop", title: "Nothing", app: "noop", cluster: "here", resources: { time: "10m" } }],
  };
}

async function start(): Promise<void> {
  const log = openSync(join(home, "log"), "a");
  serve = spawn(process.execPath, [hubMain, "serve", "--config", config], { stdio: ["ignore", log, log] });
  await until("Fairway to answer", async () => (await fetch(`${url}/api/v1/health`)).ok);
  const answer = await fetch(`${url}/api/v1/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"username":"alice","password":"fairway"}',
  });
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const { xsrf } = (await answer.json()) as { xsrf: string };
  headers = { cookie, "x-xsrftoken": xsrf, "content-type": "application/json" };
}

async function stop(): Promise<void> {
  if (serve === null || serve.exitCode !== null) return;
  const ended = once(serve, "exit");
  serve.kill("SIGTERM");
  await ended;
}

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 25_000;
  for (;;) {
    // Not answering yet is what is being waited out.
    if (await look().catch(() => false)) return;
    if (Date.now() > deadline) throw new Error(`${what}: not in time. The log:\n${readFileSync(join(home, "log"), "utf8").slice(-3000)}`);
    await delay(50);
  }
}

const session = async (id: string) => (await (await fetch(`${url}/api/v1/sessions/${id}`, { headers })).json()) as Session;
const isIn = (id: string, state: Session["state"]) => until(`${id} to be ${state}`, async () => (await session(id)).state === state);

/** The edge hears of each change from the hub, in its own time. */
const answers = (status: number) =>
  until(`the session to answer ${status}`, async () => (await fetch(`${url}/user/alice/`, { headers })).status === status);

test("a session is launched, used, outlives everything of Fairway's, and is stopped", async () => {
  const launched = await fetch(`${url}/api/v1/sessions`, { method: "POST", headers, body: '{"profile":"noop"}' });
  expect(launched.status).toBe(201);
  const { id } = (await launched.json()) as Session;
  await isIn(id, "ready");
  await answers(200);
  const { job } = await session(id);

  await stop();
  await start();
  await isIn(id, "ready");
  expect((await session(id)).job?.id).toBe(job?.id);
  await answers(200);

  expect((await fetch(`${url}/api/v1/sessions/${id}`, { method: "DELETE", headers })).status).toBe(202);
  await isIn(id, "ended");
  expect((await session(id)).reason).toBe("stopped");
  await answers(424);
}, 90_000);

test("SIGHUP lets the edge read its certificates again, and ends nothing", async () => {
  serve?.kill("SIGHUP");
  await until("the edge to say so", async () => readFileSync(join(home, "log"), "utf8").includes("reloaded certificates and portal"));
  expect(serve?.exitCode).toBeNull();
  expect((await fetch(`${url}/api/v1/health`)).status).toBe(200);
});

test("no secret stands in its log", () => {
  const log = readFileSync(join(home, "log"), "utf8");
  expect(log).toContain("the hub is ready");
  expect(log).not.toMatch(/fwt_|FAIRWAY_SECRET|BEGIN|"password"|eyJ/);
});
