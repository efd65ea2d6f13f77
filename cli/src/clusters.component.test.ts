import type { ClusterOffer } from "@fairway/contract/clusters.ts";
import { afterEach, describe, expect, it } from "vitest";
import { type Ran, runCli } from "./testing/run-cli.ts";
import { type Answers, startSite, type TestSite } from "./testing/site.ts";

let site: TestSite | undefined;
afterEach(async () => {
  await site?.close();
  site = undefined;
});

async function run(argv: readonly string[], answers: Answers): Promise<Ran & { site: TestSite }> {
  const started = await startSite(answers);
  site = started;
  const env = { FAIRWAY_URL: started.url, FAIRWAY_TOKEN: "right", HOME: "/nonexistent" };
  return { ...(await runCli(argv, env)), site: started };
}

describe("fairway clusters", () => {
  const GB = 2 ** 30;
  const offer: ClusterOffer = {
    cluster: {
      name: "hpc",
      title: "Testbed",
      scheduler: "slurm",
      version: "24.11",
      actsAs: "user",
      loginTerminals: false,
      awaySince: null,
      lastSeenAt: 1,
      problem: null,
    },
    partitions: [
      {
        ...{ name: "gpu", isDefault: true, refusal: null, maxTimeSeconds: 86_400, defaultTimeSeconds: 3600, pendingJobs: 12 },
        nodes: { total: 2, up: 2, idle: 1 },
        cpus: { total: 32, free: 20, freeOnOneNode: 16 },
        memory: { totalBytes: 64 * GB, freeBytes: 40 * GB, freeOnOneNodeBytes: 32 * GB },
        gpus: [{ type: "a100", total: 2, free: 1 }],
      },
      {
        ...{
          name: "staff",
          isDefault: false,
          refusal: "It is for the account staff.",
          maxTimeSeconds: null,
          defaultTimeSeconds: null,
          pendingJobs: null,
        },
        nodes: { total: 1, up: 1, idle: 1 },
        cpus: { total: 16, free: 16, freeOnOneNode: 16 },
        memory: { totalBytes: 32 * GB, freeBytes: 32 * GB, freeOnOneNodeBytes: 32 * GB },
        gpus: [],
      },
    ],
    accounts: [{ name: "physics", isDefault: true, qos: ["normal"], defaultQos: "normal" }],
    qos: [{ name: "normal", limits: ["at most 2 running jobs a person"] }],
    reservations: [],
    rulesAsOf: 1,
    freeAsOf: Date.now() - 5000,
  };

  it("shows what is free and what I may use", async () => {
    const { code, stdout } = await run(["clusters"], { clusters: () => ({ clusters: [offer.cluster] }), cluster: () => offer });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Testbed \(hpc\)$/m);
    expect(stdout).toMatch(/^gpu \(default\) +20 of 32 +16 +40 GB of 64 GB +1 of 2 a100 +12 +1 d +may use it$/m);
    expect(stdout).toMatch(/^staff .*It is for the account staff\.$/m);
    expect(stdout).toContain("Account physics (default): QoS normal\nQoS normal: at most 2 running jobs a person\n");
    expect(stdout).toMatch(/What is free was read \d+ s ago\./);
  });

  it("names one that is away, and is the API's own as JSON", async () => {
    const away = { ...offer, partitions: [], cluster: { ...offer.cluster, awaySince: Date.now() } };
    const { stdout, site } = await run(["clusters", "hpc"], { cluster: () => away });
    expect(stdout).toMatch(/^Testbed \(hpc\): does not answer since \d\d:\d\d UTC$/m);
    expect(site.asked.map(({ name }) => name)).toEqual(["cluster"]);
    await site.close();
    expect(JSON.parse((await run(["clusters", "hpc", "--json"], { cluster: () => away })).stdout)).toEqual({ clusters: [away] });
  });
});
