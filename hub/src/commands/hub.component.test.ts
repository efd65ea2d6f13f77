/** `fairway hub` as a process: it runs wholly or not at all. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stringify } from "yaml";
import { hubMain } from "../paths.ts";

let home: string;
let child: ChildProcess | null;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "fw-hub-"));
  child = null;
});
afterEach(async () => {
  if (child !== null && child.exitCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  rmSync(home, { recursive: true, force: true });
});

/** Its output so far, and its end. */
function start(): { output: () => string; ready: Promise<void>; ended: Promise<number | null> } {
  const config = join(home, "fairway.yaml");
  const site = {
    demo: true,
    public_url: "http://127.0.0.1:8000",
    state_dir: join(home, "state"),
    runtime_dir: join(home, "run"),
    listen: [{ address: "127.0.0.1", port: 8000 }],
    sign_in: { demo_users: { alice: "fairway" } },
    clusters: { here: { scheduler: "local", act_as: "service" } },
    profiles: [{ name: "noop", title: "Nothing", app: "noop", cluster: "here" }],
  };
  writeFileSync(config, stringify(site));
  const started = spawn(process.execPath, [hubMain, "hub", "--config", config], { stdio: ["ignore", "pipe", "pipe"] });
  child = started;
  let output = "";
  const ready = new Promise<void>((resolve) => {
    for (const stream of [started.stdout, started.stderr])
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes("the hub is ready")) resolve();
      });
  });
  const ended = once(started, "exit").then(([code]) => code as number | null);
  return { output: () => output, ready, ended };
}

async function startAndStop(): Promise<void> {
  const hub = start();
  await hub.ready;
  child?.kill("SIGTERM");
  expect(await hub.ended).toBe(0);
  expect(hub.output()).toContain("the hub has ended");
}

test("ends cleanly on SIGTERM, and begins again where it was", async () => {
  await startAndStop();
  await startAndStop();
});

test("one that cannot take its door ends, and does not stay behind half of its sockets", async () => {
  mkdirSync(join(home, "run"));
  writeFileSync(join(home, "run", "hub.sock"), "in the way");
  const hub = start();
  expect(await hub.ended).toBe(1);
  expect(hub.output()).toContain("is in the way");
});

test("a second one on the same folders ends, and leaves the first in peace", async () => {
  const first = start();
  await first.ready;
  const firstChild = child;
  const second = start();
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain("Another hub answers");
  expect(firstChild?.exitCode).toBeNull();
  firstChild?.kill("SIGTERM");
  expect(await first.ended).toBe(0);
});

test("one whose sessions cannot be seen to ends, rather than answer for nobody", async () => {
  await startAndStop();
  const database = new DatabaseSync(join(home, "state", "fairway.db"));
  database.exec(`insert into sessions (id, user, name, app, app_title, options, resources, cluster, state, state_since, job_name, created_at)
    values ('abcdefgh2345', 'alice', '', 'noop', 'No-op', '{}', 'garbled', 'here', 'pending', 1, 'x', 1)`);
  database.close();
  const hub = start();
  expect(await hub.ended).toBe(1);
});
