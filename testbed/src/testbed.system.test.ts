// The whole testbed, for real: needs Linux, root, and the minutes of a first build where nothing is cached.
import { spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findLeftovers } from "./leftovers.ts";
import { readPaths } from "./paths.ts";
import { demoPassword } from "./people.ts";
import { readStatus } from "./status.ts";
import { downTestbed, openTestbed, type Testbed, upTestbed } from "./testbed.ts";
import { waitFor } from "./waiting.ts";

const name = "tb-test";
const paths = readPaths(process.env);
let testbed: Testbed;

beforeAll(async () => {
  await downTestbed(name);
  testbed = await upTestbed({ name });
});

afterAll(() => downTestbed(name));

const asAlice = { user: "alice", timeoutMs: 60_000 };

async function nodeState(node: string): Promise<string> {
  const states = await testbed.mustExec("head", ["sinfo", "-hN", "-n", node, "-p", "batch", "-o", "%t"]);
  return states.trim();
}

describe("the cluster", () => {
  test("all compute nodes are idle", async () => {
    expect([await nodeState("c1"), await nodeState("c2")]).toEqual(["idle", "idle"]);
  });

  test("a job of alice's runs on the node it asked for, as alice, in her home folder", async () => {
    const job = ["srun", "-w", "c1", "sh", "-c", "hostname; id -un; pwd"];
    expect(await testbed.mustExec("login", job, asAlice)).toBe("c1\nalice\n/home/alice\n");
  });

  test("accounting sees the job, its script and its comment", async () => {
    const submit = ["sbatch", "--parsable", "--comment=seen", "--wrap=echo for the record"];
    const id = (await testbed.mustExec("login", submit, asAlice)).trim();
    const sacct = ["sacct", "-X", "-nP", "-j", id, "-o", "user,account,state,comment"];
    const row = await waitFor("sacct to know the end", 20_000, async () => {
      const text = (await testbed.mustExec("login", sacct, asAlice)).trim();
      return text.includes("COMPLETED") ? text : undefined;
    });
    expect(row).toBe("alice|physics|COMPLETED|seen");
    expect(await testbed.mustExec("login", ["sacct", "-B", "-j", id], asAlice)).toContain("echo for the record");
  });

  test("carol, who has no account, is refused", async () => {
    const result = await testbed.exec("login", ["sbatch", "--wrap=true"], { user: "carol" });
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain("Invalid account");
  });

  test("limits hold: the debug partition's time, the capped QoS's CPUs", async () => {
    const over = await testbed.exec("login", ["sbatch", "-p", "debug", "-t", "31", "--wrap=true"], asAlice);
    expect(over.stderr).toContain("Requested time limit is invalid");
    const capped = await testbed.exec("login", ["sbatch", "-q", "capped", "-t", "1", "-n", "3", "--wrap=true"], asAlice);
    expect(capped.stderr).toContain("QOSMaxCpuPerJobLimit");
  });

  test("a GPU job gets a device of its own type, on the GPU node", async () => {
    const job = ["srun", "-p", "gpu", "--gres=gpu:a100:1", "sh", "-c", "hostname; echo $SLURM_STEP_GPUS"];
    expect(await testbed.mustExec("login", job, asAlice)).toMatch(/^c2\n[01]\n$/);
  });

  test("slurmrestd takes a token for its user, and no forged one", async () => {
    const token = (await testbed.mustExec("head", ["scontrol", "token", "username=alice"])).trim().replace("SLURM_JWT=", "");
    const ask = async (header: string) => {
      const url = "http://head:6820/slurm/v0.0.42/jobs/state/";
      // The token goes by stdin: an argv is for all to read.
      const argv = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "@-", url];
      return testbed.mustExec("login", argv, { stdin: `X-SLURM-USER-TOKEN: ${header}\n` });
    };
    expect(await ask(token)).toBe("200");
    expect(await ask(`${token.slice(0, -3)}AAA`)).not.toBe("200");
  });
});

describe("nodes", () => {
  test("a node has its own host name, address, /tmp and processes", async () => {
    await testbed.mustExec("c1", ["touch", "/tmp/mine"]);
    expect(await testbed.mustExec("c2", ["sh", "-c", "hostname; ls /tmp"])).not.toContain("mine");
    expect(await testbed.mustExec("c2", ["ps", "-e", "-o", "comm="])).not.toContain("slurmctld");
    expect(await testbed.mustExec("hub", ["getent", "hosts", "c1"])).toContain("10.78.");
  });

  test("people's homes are shared, and closed to one another", async () => {
    await testbed.mustExec("login", ["sh", "-c", "echo hello >greeting"], { user: "alice" });
    expect(await testbed.mustExec("c2", ["cat", "greeting"], { user: "alice" })).toBe("hello\n");
    expect(await testbed.exec("c2", ["cat", "/home/alice/greeting"], { user: "bob" })).toMatchObject({ code: 1 });
  });

  test("JupyterLab is there for every user of a compute node", async () => {
    expect(await testbed.mustExec("c1", ["/opt/jupyter/bin/jupyter", "lab", "--version"], { user: "bob" })).toMatch(/^4\./);
  });

  test("the hub node runs the checkout by the workspace's own Node, and cannot write to it", async () => {
    const asFairway = { user: "fairway" };
    const node = "/opt/fairway/node_modules/.bin/node";
    expect(await testbed.mustExec("hub", [node, "-p", "process.versions.node"], asFairway)).toMatch(/^24\./);
    const write = await testbed.exec("hub", ["touch", "/opt/fairway/x"]);
    expect(write.stderr).toContain("Read-only");
    for (const folder of ["/var/lib/fairway", "/run/fairway", "/etc/fairway"]) {
      await testbed.mustExec("hub", ["sh", "-c", `touch ${folder}/x && rm ${folder}/x`], asFairway);
    }
  });

  test("passwords are checked through PAM, and sudo works in the hub node", async () => {
    const check = (password: string) => testbed.exec("hub", ["pamtester", "fairway", "alice", "authenticate"], { stdin: `${password}\n` });
    expect(await check(demoPassword)).toMatchObject({ code: 0 });
    expect((await check("guess")).code).not.toBe(0);
    await testbed.mustExec("hub", ["sh", "-c", "umask 227; echo 'fairway ALL=(root) NOPASSWD: /usr/bin/id' >/etc/sudoers.d/try"]);
    expect(await testbed.mustExec("hub", ["sudo", "-n", "id", "-u"], { user: "fairway" })).toBe("0\n");
    await testbed.mustExec("hub", ["rm", "/etc/sudoers.d/try"]);
  });

  test("a program ends at its deadline, in the node, too", async () => {
    const result = await testbed.exec("c1", ["sleep", "4321"], { timeoutMs: 200 });
    expect(result.timedOut).toBe(true);
    await waitFor("the program to end in the node", 5000, async () => {
      return (await testbed.exec("c1", ["pgrep", "-f", "^sleep 4321"])).code === 1 ? true : undefined;
    });
  });

  test("a published port carries bytes both ways until it is unpublished", async () => {
    const hostPort = await freePort();
    const echo = testbed.exec("c1", ["nc", "-l", "7007"], { stdin: "from the node\n", timeoutMs: 20_000 });
    await waitFor("the listener", 10_000, async () => {
      return (await testbed.exec("c1", ["sh", "-c", "ss -Hltn sport = :7007 | grep -q ."])).code === 0 ? true : undefined;
    });
    await testbed.publish("c1", 7007, hostPort);
    const socket = connect(hostPort, "127.0.0.1");
    const received = new Promise<string>((resolve) => socket.once("data", (chunk) => resolve(String(chunk))));
    socket.write("from the host\n");
    expect(await received).toBe("from the node\n");
    socket.end();
    expect((await echo).stdout).toBe("from the host\n");
    await testbed.unpublish(hostPort);
    await expect(connectTo(hostPort)).rejects.toThrow("ECONNREFUSED");
  });
});

describe("faults", () => {
  test("a stopped slurmctld answers nobody, and serves again when it is started", async () => {
    await testbed.fault("stop", "slurmctld");
    expect((await testbed.exec("login", ["squeue"], asAlice)).code).toBe(1);
    await testbed.fault("start", "slurmctld");
    expect((await testbed.exec("login", ["squeue"], asAlice)).code).toBe(0);
  });

  test("a paused service is seen as paused", async () => {
    await testbed.fault("pause", "slurmctld");
    const [status] = await readStatus(name);
    expect(status?.nodes[0]?.services).toMatchObject({ slurmctld: "paused", slurmdbd: "running" });
    await testbed.fault("resume", "slurmctld");
    expect((await testbed.exec("login", ["squeue"], asAlice)).code).toBe(0);
  });

  test("a node that is cut off is silent, and answers again when healed", async () => {
    const [, , , c1] = testbed.layout.nodes;
    const reach = () => testbed.exec("head", ["nc", "-z", "-w", "2", "c1", "22"]);
    await testbed.fault("cut", "c1");
    expect((await reach()).code).toBe(1);
    expect((await readStatus(name))[0]?.nodes.find((node) => node.name === c1?.name)?.state).toBe("cut");
    await testbed.fault("heal", "c1");
    await waitFor("c1 to answer", 10_000, async () => ((await reach()).code === 0 ? true : undefined));
  });

  test("a power cut ends all that ran in a node at once; it comes back with its disk", async () => {
    await testbed.mustExec("c1", ["touch", "/var/tmp/kept"]);
    await testbed.fault("power-off", "c1");
    expect((await readStatus(name))[0]?.nodes.find((node) => node.name === "c1")?.state).toBe("off");
    await expect(testbed.exec("c1", ["true"])).rejects.toThrow(/is off/);
    await testbed.fault("power-on", "c1");
    await testbed.mustExec("c1", ["ls", "/var/tmp/kept"]);
    expect(await testbed.mustExec("login", ["srun", "-w", "c1", "hostname"], asAlice)).toBe("c1\n");
  });

  test("up again mends what is broken and leaves the rest as it is", async () => {
    await testbed.fault("power-off", "c2");
    await testbed.fault("kill", "slurmctld");
    await testbed.fault("stop", "munged@login");
    await upTestbed({ name });
    expect(await testbed.mustExec("login", ["srun", "-w", "c2", "hostname"], asAlice)).toBe("c2\n");
    expect(await testbed.mustExec("c2", ["ls", "/home/alice/greeting"])).toContain("greeting");
  });
});

describe("the whole", () => {
  test("another shape under the same name is refused", async () => {
    await expect(upTestbed({ name, computeNodes: 3 })).rejects.toThrow(/another shape/);
  });

  test("down leaves nothing", async () => {
    const { layout } = await openTestbed(name);
    expect(findLeftovers(paths, layout)).not.toEqual([]);
    await testbed.down();
    expect(findLeftovers(paths, layout)).toEqual([]);
  });

  test("after an up that was killed anywhere, up works and down leaves nothing", async () => {
    for (const afterMs of [150, 400, 700, 1000]) {
      const main = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), "up", "--name", name], { stdio: "ignore" });
      await sleep(afterMs);
      main.kill("SIGKILL");
      if (afterMs === 700) await upTestbed({ name });
      await downTestbed(name);
      // A program that the killed one had begun may have made its bridge only now.
      if (findLeftovers(paths, testbed.layout).length > 0) await downTestbed(name);
      expect(findLeftovers(paths, testbed.layout)).toEqual([]);
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}

function connectTo(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
}
