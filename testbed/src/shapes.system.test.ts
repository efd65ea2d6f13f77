// The shapes of network, by real connections, before and after a power cut.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CALLBACK_PORT, findNode, PROXY_PORT } from "./layout.ts";
import { downTestbed, type Testbed, upTestbed } from "./testbed.ts";
import { waitFor } from "./waiting.ts";

const name = "tb-shape";
let testbed: Testbed;

afterAll(() => downTestbed(name));

/** Whether a connection comes through: from, to, port. What is dropped takes two seconds, so all are asked at once. */
function pass(...ways: readonly (readonly [string, string, number])[]): Promise<boolean[]> {
  return Promise.all(
    ways.map(async ([from, to, port]) => (await testbed.exec(from, ["nc", "-z", "-w", "2", to, String(port)])).code === 0),
  );
}

/** Something that answers on a node's port, until the node ends. */
async function listen(node: string, port: number): Promise<void> {
  await testbed.mustExec(node, ["setsid", "--fork", "sh", "-c", `exec nc -lk ${port} </dev/null >/dev/null 2>&1`]);
  await waitFor(`${node}:${port} to listen`, 10_000, async () => {
    return (await testbed.exec(node, ["sh", "-c", `ss -Hltn sport = :${port} | grep -q .`])).code === 0 ? true : undefined;
  });
}

test("login-only: the hub node opens connections to the login node's sshd alone; everybody reaches the hub", async () => {
  await downTestbed(name);
  testbed = await upTestbed({ name, network: "login-only", computeNodes: 1 });
  await Promise.all([listen("c1", 20_000), listen("hub", 8000)]);
  const open = () => pass(["hub", "login", 22], ["hub", "hub", 8000], ["c1", "hub", 8000], ["login", "c1", 20_000]);
  const closed = () => pass(["hub", "c1", 20_000], ["hub", "c1", 22], ["hub", "head", 6817], ["hub", "login", 6818]);
  expect(await open()).toEqual([true, true, true, true]);
  expect(await closed()).toEqual([false, false, false, false]);
  await testbed.fault("power-off", "hub");
  await testbed.fault("power-on", "hub");
  await listen("hub", 8000);
  expect(await open()).toEqual([true, true, true, true]);
  expect(await closed()).toEqual([false, false, false, false]);
});

describe("dial-out", () => {
  beforeAll(async () => {
    await downTestbed(name);
    testbed = await upTestbed({ name, network: "dial-out" });
  });

  test("a hub node outside the cluster has no Slurm, no munge, no people and none of their files", async () => {
    expect((await testbed.exec("hub", ["bash", "-c", "command -v sbatch squeue sacct munge munged slurmd"])).stdout).toBe("");
    const find = [
      "find",
      "/etc",
      "/usr/bin",
      "/usr/sbin",
      "/usr/lib",
      "-type",
      "f",
      "(",
      "-name",
      "*slurm*",
      "-o",
      "-name",
      "*munge*",
      ")",
    ];
    expect(await testbed.mustExec("hub", find)).toBe("");
    expect((await testbed.exec("hub", ["getent", "passwd", "alice"])).code).toBe(2);
    expect(await testbed.mustExec("hub", ["ls", "/home"])).toBe("");
    expect(await testbed.mustExec("hub", ["id", "-un"], { user: "fairway" })).toBe("fairway\n");
    expect(await testbed.mustExec("login", ["ls", "/home"])).toContain("alice");
  });

  test("compute nodes reach one port of the hub and their own Slurm, and nobody reaches them", async () => {
    const job = ["srun", "-N", "2", "hostname"];
    expect((await testbed.mustExec("login", job, { user: "alice", timeoutMs: 60_000 })).trim().split("\n").sort()).toEqual(["c1", "c2"]);
    await Promise.all([listen("hub", CALLBACK_PORT), listen("hub", 8000), listen("login", 8000)]);
    for (const round of ["as made", "after a power cut"]) {
      if (round === "after a power cut") {
        await testbed.fault("power-off", "c1");
        await testbed.fault("power-on", "c1");
      }
      await listen("c1", 20_000);
      expect(await pass(["c1", "hub", CALLBACK_PORT], ["hub", "login", 22], ["head", "c1", 6818]), round).toEqual([true, true, true]);
      const out = [
        ["c1", "hub", 8000],
        ["c1", "hub", 22],
        ["c1", "login", 8000],
        ["c1", "login", 22],
      ] as const;
      const into = [
        ["hub", "c1", 20_000],
        ["login", "c1", 20_000],
        ["c2", "c1", 20_000],
        ["hub", "c1", 22],
        ["login", "c1", 22],
      ] as const;
      expect(await pass(...out, ...into), round).toEqual([...out, ...into].map(() => false));
    }
  });

  test("a way that is blocked lets nothing pass until it is unblocked, and others are as they were", async () => {
    const ways = () => pass(["c1", "hub", CALLBACK_PORT], ["c2", "hub", CALLBACK_PORT]);
    await testbed.fault("block", "hub@c1");
    await testbed.fault("block", "hub@c1");
    expect(await ways()).toEqual([false, true]);
    await testbed.fault("unblock", "hub@c1");
    await testbed.fault("unblock", "hub@c1");
    expect(await ways()).toEqual([true, true]);
  });
});

test("proxied: compute nodes reach the hub's one port by the login node's HTTP proxy alone, and by it nothing else", async () => {
  await downTestbed(name);
  testbed = await upTestbed({ name, network: "proxied", computeNodes: 1 });
  const hub = findNode(testbed.layout, "hub").address;
  await listen("hub", CALLBACK_PORT);
  const byProxy = async (target: string) => {
    // Nobody speaks behind the port: that the proxy has let us through is what is asked.
    const argv = [
      "curl",
      "-s",
      "-m",
      "5",
      "-o",
      "/dev/null",
      "-w",
      "%{http_connect}",
      "-px",
      `http://login:${PROXY_PORT}`,
      `http://${target}`,
    ];
    return (await testbed.exec("c1", argv)).stdout;
  };
  // An answer that is late is no answer ("000"): asked again.
  await expect.poll(() => byProxy(`${hub}:${CALLBACK_PORT}`), { timeout: 60_000 }).toBe("200");
  await expect.poll(() => byProxy(`${hub}:22`), { timeout: 60_000 }).toBe("403");
  expect(await pass(["c1", "hub", CALLBACK_PORT], ["c1", "login", 22], ["login", "c1", 22])).toEqual([false, false, false]);
});

test("a hub on the head has the checkout and Fairway's folders there, and answers to the name hub", async () => {
  await downTestbed(name);
  testbed = await upTestbed({ name, hubOn: "head", computeNodes: 1 });
  expect(await testbed.mustExec("hub", ["hostname"])).toBe("head\n");
  expect(await testbed.mustExec("c1", ["getent", "hosts", "hub"])).toContain(".10 ");
  const asFairway = { user: "fairway" };
  for (const folder of ["/var/lib/fairway", "/run/fairway", "/etc/fairway"]) {
    await testbed.mustExec("hub", ["sh", "-c", `touch ${folder}/x && rm ${folder}/x`], asFairway);
  }
  expect(await testbed.mustExec("hub", ["ls", "/opt/fairway"])).toContain("package.json");
  expect(await testbed.mustExec("hub", ["squeue", "-h"], asFairway)).toBe("");
});
