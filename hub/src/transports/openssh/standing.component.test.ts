/** The standing connection: what kills it, who finds it again, what is left. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createExec } from "../local/exec.ts";
import { type LoginNode, startLoginNode } from "../testing/login-node.ts";
import { type Hub, makeHub } from "../testing/opened-openssh.ts";
import { StandingNames } from "./control-sockets.ts";
import type { OpensshTransport } from "./index.ts";
import { masterArgv } from "./ssh-options.ts";
import { startMaster } from "./start-master.ts";

// Real processes: a busy machine shall have its time.
vi.setConfig({ testTimeout: 120_000 });

const patient = { timeoutMs: 25_000 };
const waiting = { timeout: 25_000, interval: 100 };
let node: LoginNode;
let hub: Hub;

beforeEach(async () => {
  node = await startLoginNode();
  hub = makeHub(node);
});
afterEach(async () => {
  const left = await hub.end();
  await node.remove();
  expect(left).toEqual([]);
});

const echo = (transport: OpensshTransport) => transport.exec({ argv: ["echo", "here"] }, patient).then(({ stdout }) => stdout);
const onlyMaster = () => {
  const pids = hub.masters();
  expect(pids).toHaveLength(1);
  return pids[0] ?? 0;
};

test("a connection that is killed is made anew, and the next command goes through", async () => {
  const transport = hub.open();
  expect(await echo(transport)).toBe("here\n");
  const first = onlyMaster();
  for (const pid of [first, null]) {
    if (pid !== null) process.kill(pid, "SIGKILL");
    expect(await echo(transport)).toBe("here\n");
  }
  expect(onlyMaster()).not.toBe(first);
});

test("a submission is not sent twice, but once it is sure that it was not sent at all", async () => {
  const launcher = join(node.folder, "launcher");
  writeFileSync(launcher, '#!/bin/sh\necho "$1" >>"$0.log"\necho 17\n', { mode: 0o755 });
  const transport = hub.open({ launcher });
  const submit = { verb: "submit", app: "noop", options: ["--job-name=fw-x"], values: {} } as const;
  await echo(transport);
  // Nobody has heard of its end yet when this is sent.
  process.kill(onlyMaster(), "SIGKILL");
  expect(await transport.actAs("alice", submit, patient)).toMatchObject({ exitCode: 0, stdout: "17\n" });
  expect(readFileSync(`${launcher}.log`, "utf8")).toBe("submit\n");
});

test("a command that was under way when the connection died is told as killed: nobody knows what it did", async () => {
  const transport = hub.open();
  const begun = join(node.folder, "begun");
  const command = { argv: ["/bin/sh", "-c", ': >"$1"; sleep 20', "sh", begun] } as const;
  const underway = transport.exec(command, patient).catch((error: unknown) => error);
  await vi.waitFor(() => expect(existsSync(begun)).toBe(true), waiting);
  // What it said at its beginning comes before what comes later on the same connection.
  await echo(transport);
  process.kill(onlyMaster(), "SIGKILL");
  expect(await underway).toMatchObject({ failure: "killed" });
});

test("while the login node is down everybody hears so at once; when it is back, so are we", async () => {
  const transport = hub.open();
  await echo(transport);
  await node.stop();
  await vi.waitFor(async () => expect(await echo(transport).catch((error: unknown) => error)).toMatchObject({ failure: "away" }), waiting);
  const error = await echo(transport).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ failure: "away", stderrTail: expect.stringContaining("127.0.0.1: ") });
  await node.start();
  await vi.waitFor(async () => expect(await echo(transport)).toBe("here\n"), waiting);
});

test("of two login nodes the first that answers is taken", async () => {
  const transport = hub.open({ ssh: { ...node.ssh, hosts: ["127.0.0.9", "127.0.0.1"] } });
  expect(await echo(transport)).toBe("here\n");
  process.kill(onlyMaster(), "SIGKILL");
  await vi.waitFor(async () => expect(await echo(transport)).toBe("here\n"), waiting);
});

test("through a jump host, with the same key and the same strictness", async () => {
  const inner = await startLoginNode({ lines: [`AuthorizedKeysFile ${join(node.folder, "service.pub")}`] });
  const known = join(node.folder, "both");
  const config = join(node.folder, "ssh_config");
  const knownTo = ({ folder }: LoginNode) => readFileSync(join(folder, "known_hosts"), "utf8");
  writeFileSync(known, `${knownTo(node)}${knownTo(inner)}`);
  writeFileSync(config, `Host gate\n HostName 127.0.0.1\n Port ${node.port}\n`);
  const ssh = { ...node.ssh, port: inner.port, knownHostsFile: known, configFile: config, proxyJump: "gate" };
  try {
    const transport = hub.open({ ssh });
    expect(await echo(transport)).toBe("here\n");
    expect(inner.log()).toContain("Accepted publickey");
    expect(node.log()).toContain("Accepted publickey");
    await transport.close();
    // The jump host's own key counts as much.
    const unknown = hub.open({ cluster: "other", ssh: { ...ssh, knownHostsFile: join(inner.folder, "known_hosts") } });
    await expect(echo(unknown)).rejects.toMatchObject({
      failure: "away",
      stderrTail: expect.stringContaining("Host key verification failed"),
    });
  } finally {
    await inner.remove();
  }
});

test("it outlives its hub, and the next one goes on with it", async () => {
  const before = hub.open();
  await echo(before);
  const pid = onlyMaster();
  await before.close();
  expect(onlyMaster()).toBe(pid);
  expect(await echo(hub.open())).toBe("here\n");
  expect(onlyMaster()).toBe(pid);
});

test("after a change of settings it is another one, and the former ends", async () => {
  const before = hub.open();
  await echo(before);
  const pid = onlyMaster();
  await before.close();
  await echo(hub.open({ ssh: { ...node.ssh, hosts: ["127.0.0.1", "127.0.0.9"] } }));
  expect(onlyMaster()).not.toBe(pid);
});

test("one that comes up after its hub was killed is found and ended", async () => {
  const names = new StandingNames(hub.runtimeDir, "main", node.ssh);
  for (const socket of [names.fresh(0), names.fresh(0)]) {
    const argv = masterArgv(node.ssh, "127.0.0.1", socket, { kind: "standing" });
    expect(await startMaster(createExec(), argv, socket)).toBeNull();
  }
  expect(hub.masters()).toHaveLength(2);
  expect(await echo(hub.open())).toBe("here\n");
  expect(hub.masters()).toHaveLength(1);
});

test("each cluster has its own", async () => {
  await Promise.all([echo(hub.open()), echo(hub.open({ cluster: "other" }))]);
  expect(hub.masters()).toHaveLength(2);
});

test("who gave up before it was there is not held up, and neither are those who wait on", async () => {
  const transport = hub.open();
  const abort = new AbortController();
  const given = transport.exec({ argv: ["true"] }, { ...patient, signal: abort.signal }).catch((error: unknown) => error);
  const other = echo(transport);
  abort.abort();
  expect(await given).toMatchObject({ failure: "aborted" });
  expect(await other).toBe("here\n");
});
