// Slow, by hand (npm run matrix): each Slurm version in turn beside a testbed of the default one, running a job.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { slurmVersions } from "./layout.ts";
import { downTestbed, type Testbed, upTestbed } from "./testbed.ts";

let neighbour: Testbed;

beforeAll(async () => {
  neighbour = await upTestbed({ name: "tb-beside", computeNodes: 1, hub: false });
});

afterAll(() => downTestbed("tb-beside"));

describe.each(slurmVersions)("Slurm %s", (slurm) => {
  const name = "tb-matrix";
  afterAll(() => downTestbed(name));

  test("stands beside another testbed and runs jobs of its own", async () => {
    const testbed = await upTestbed({ name, slurm, computeNodes: 1 });
    const asAlice = { user: "alice", timeoutMs: 60_000 };
    expect(await testbed.mustExec("login", ["sinfo", "-V"], asAlice)).toContain(slurm);
    expect(testbed.layout.octet).not.toBe(neighbour.layout.octet);
    const job = ["srun", "-p", "gpu", "--gres=gpu:a100:1", "sh", "-c", "hostname -I; hostname"];
    const [address, host] = (await testbed.mustExec("login", job, asAlice)).trim().split(/\s+/);
    expect([address, host]).toEqual([testbed.layout.nodes.at(-1)?.address, "c1"]);
    expect(await neighbour.mustExec("login", ["squeue", "-h"], asAlice)).toBe("");
  }, 600_000);

  // Each suite has an nft and a set of packages of its own.
  test("its nodes can be shut off, and its hub node be no part of the cluster", async () => {
    await downTestbed(name);
    const testbed = await upTestbed({ name, slurm, network: "proxied", computeNodes: 1 });
    expect((await testbed.mustExec("login", ["srun", "hostname"], { user: "alice", timeoutMs: 60_000 })).trim()).toBe("c1");
    expect((await testbed.exec("login", ["nc", "-z", "-w", "2", "c1", "22"])).code).toBe(1);
    expect((await testbed.exec("hub", ["sh", "-c", "command -v sbatch munged"])).stdout).toBe("");
    await testbed.fault("block", "hub@login");
    await testbed.fault("unblock", "hub@login");
  }, 600_000);
});
