/** `fairway serve` with a login node: the connection to it outlives a hub that dies, and ends with the whole. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { hubMain } from "../paths.ts";
import { freePort, type LoginNode, startLoginNode } from "../transports/testing/login-node.ts";
import { mastersIn } from "../transports/testing/opened-openssh.ts";

// Real processes: a busy machine shall have its time.
vi.setConfig({ testTimeout: 120_000 });

const waiting = { timeout: 25_000, interval: 100 };
let node: LoginNode;
let serve: ChildProcess;
let log = "";

beforeEach(async () => {
  node = await startLoginNode();
  const config = join(node.folder, "fairway.yaml");
  mkdirSync(join(node.folder, "web"));
  writeFileSync(join(node.folder, "web", "index.html"), "<!doctype html><title>portal</title>");
  writeFileSync(config, stringify(site(await freePort())));
  serve = spawn(process.execPath, [hubMain, "serve", "--config", config], { stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [serve.stdout, serve.stderr]) stream?.on("data", (chunk: Buffer) => (log += chunk.toString()));
});
afterEach(async () => {
  if (serve.exitCode === null) {
    serve.kill("SIGTERM");
    await once(serve, "exit");
  }
  await node.remove();
});

const runtimeDir = () => join(node.folder, "run");

function site(port: number) {
  const ssh = {
    ...{ hosts: ["127.0.0.1"], port: node.port, user: userInfo().username },
    ...{ identity_file: node.ssh.identityFile, known_hosts_file: node.ssh.knownHostsFile },
  };
  return {
    demo: true,
    public_url: `http://127.0.0.1:${port}`,
    state_dir: join(node.folder, "state"),
    runtime_dir: runtimeDir(),
    web_dir: join(node.folder, "web"),
    listen: [{ address: "127.0.0.1", port }],
    sign_in: { demo_users: { alice: "fairway" } },
    clusters: { far: { scheduler: "slurm", act_as: "sudo", callback_url: "https://hub.example", ssh } },
    profiles: [{ name: "noop", title: "Nothing", app: "noop", cluster: "far" }],
  };
}

async function findHub(): Promise<number> {
  const children = readFileSync(`/proc/${serve.pid}/task/${serve.pid}/children`, "utf8").trim().split(" ").map(Number);
  const hub = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes("hub"));
  if (hub === undefined) throw new Error(`no hub among ${children.join(", ")}: ${log}`);
  return hub;
}

test("a hub that is killed leaves the connection to the next, and the end of the whole ends it", async () => {
  await vi.waitFor(() => expect(mastersIn(runtimeDir()), log).toHaveLength(1), waiting);
  const [master] = mastersIn(runtimeDir());
  const hub = await findHub();
  const commands = () => node.log().match(/Starting session: command/g)?.length ?? 0;
  await vi.waitFor(() => expect(commands()).toBeGreaterThan(0), waiting);
  process.kill(hub, "SIGKILL");
  const before = commands();
  await vi.waitFor(async () => expect(await findHub()).not.toBe(hub), waiting);
  await vi.waitFor(() => expect(commands()).toBeGreaterThan(before), waiting);
  expect(mastersIn(runtimeDir())).toEqual([master]);
  serve.kill("SIGTERM");
  await once(serve, "exit");
  await vi.waitFor(() => expect(() => process.kill(master ?? 0, 0)).toThrow("ESRCH"), waiting);
  expect(mastersIn(runtimeDir())).toEqual([]);
});
