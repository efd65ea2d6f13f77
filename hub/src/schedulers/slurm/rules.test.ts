/** Partitions, reservations, accounts and QoS of one and the same cluster, as four versions tell them. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SchedulerUnavailable } from "../types.ts";
import { parseAccounts, parseQos, parseUsers } from "./accounting.ts";
import { parsePartitions, parseReservations } from "./partitions.ts";
import { parseConfig } from "./rules.ts";

const read = (version: string, file: string) => readFileSync(new URL(`fixtures/${version}/${file}.txt`, import.meta.url), "utf8");
const MB = 2 ** 20;

describe.each(["20.11", "22.05", "24.11", "26.05"])("Slurm %s", (version) => {
  test("partitions with their limits, and whom they let in", () => {
    const partitions = parsePartitions(read(version, "partitions"), () => false);
    expect(partitions.map(({ name }) => name)).toEqual(["batch", "debug", "gpu"]);
    const [batch, debug, gpu] = partitions;
    expect(batch).toEqual({
      ...{ name: "batch", isDefault: true, state: "UP", maxTimeSeconds: 86_400, defaultTimeSeconds: 3600, maxNodes: null },
      ...{ maxCpusPerNode: null, maxMemoryPerNodeBytes: null, maxMemoryPerCpuBytes: null },
      ...{ defaultMemoryPerNodeBytes: null, defaultMemoryPerCpuBytes: 1000 * MB, allowAccounts: null, denyAccounts: [] },
      ...{ allowQos: null, denyQos: [], allowGroups: null, qos: null, isPreemptable: false, needsReservation: false },
    });
    expect(debug).toMatchObject({
      ...{ isDefault: false, maxTimeSeconds: 1800, maxCpusPerNode: 8, maxMemoryPerCpuBytes: 2000 * MB },
      ...{ allowAccounts: ["physics", "chemistry"], allowQos: null, denyQos: ["long"], allowGroups: ["cluster-users"] },
    });
    expect(gpu).toMatchObject({
      ...{ maxTimeSeconds: null, maxNodes: 1, allowAccounts: null, denyAccounts: ["class"] },
      ...{ allowQos: ["normal", "limited"], denyQos: [], qos: "limited" },
    });
  });

  test("reservations with their times and people", () => {
    expect(parseReservations(read(version, "reservations"))).toEqual([
      {
        ...{ name: "workshop", partition: null, users: ["alice", "bob"], accounts: [], groups: [] },
        ...{ startsAt: Date.UTC(2030, 0, 1), endsAt: Date.UTC(2030, 0, 1, 1) },
      },
      {
        ...{ name: "course", partition: "debug", users: [], accounts: ["physics", "class"], groups: [] },
        ...{ startsAt: Date.UTC(2030, 1, 1), endsAt: Date.UTC(2030, 1, 2) },
      },
    ]);
  });

  test("associations of this cluster alone, with what they inherit from their account", () => {
    const associations = parseUsers(read(version, "associations")) ?? [];
    const qos = ["capped", "limited", "long", "normal"];
    expect(associations.filter(({ user }) => user === "alice")).toEqual([
      {
        ...{ user: "alice", account: "physics", partition: null, isDefaultAccount: true, qos, defaultQos: "normal" },
        ...{ maxWallSeconds: 43_200, maxTresPerJob: { cpu: 30, "gres/gpu": 1, mem: 20 * 2 ** 30 }, maxJobs: 50, maxSubmitJobs: 60 },
      },
    ]);
    const bobs = associations.filter(({ user }) => user === "bob").map((row) => [row.account, row.partition, row.isDefaultAccount]);
    expect(new Set(bobs.map(String))).toEqual(new Set(["chemistry,,false", "physics,,true", "physics,debug,true"]));
    expect(associations.map(({ account }) => account)).not.toContain("phys2");
    expect(associations.some(({ user }) => user === "carol")).toBe(false);
    expect(parseAccounts(read(version, "accounts"))).toMatchObject({ sub: "physics", physics: "root" });
  });

  test("QoS with their limits, and whether what is over them is refused", () => {
    const qos = parseQos(read(version, "qos"));
    expect(qos.map(({ name }) => name)).toEqual(["normal", "limited", "long", "capped"]);
    const [normal, limited, long, capped] = qos;
    expect(normal).toMatchObject({ maxWallSeconds: null, maxTresPerJob: {}, maxTresPerUser: {}, isDenyOnLimit: false, preempts: [] });
    expect(limited).toMatchObject({ maxJobsPerUser: 1, maxSubmitJobsPerUser: 5 });
    expect(long).toMatchObject({ maxWallSeconds: 86_400, maxTresPerUser: { cpu: 8 }, preempts: ["limited"] });
    expect(long).toMatchObject({ mayExceedPartitionTime: true, isBeforePartitionQos: true });
    expect(capped).toMatchObject({ maxWallSeconds: 600, maxTresPerJob: { cpu: 2 }, isDenyOnLimit: true, mayExceedPartitionTime: false });
  });

  test("what is enforced is read from the configuration", () => {
    const config = parseConfig(read(version, "config"));
    expect(config).toMatchObject({ clusterName: "sched", keepsAccounts: true, preemptType: expect.stringMatching(/none|null/) });
    expect([...config.enforces]).toEqual(["associations", "limits", "qos"]);
  });

  test("half an answer is none", () => {
    const cut = (file: string) => read(version, file).slice(0, -20);
    expect(() => parsePartitions(cut("partitions"), () => false)).toThrow(SchedulerUnavailable);
    expect(() => parseReservations(cut("reservations"))).toThrow(SchedulerUnavailable);
    expect(() => parseUsers(cut("associations"))).toThrow(SchedulerUnavailable);
    expect(() => parseQos(cut("qos"))).toThrow(SchedulerUnavailable);
    expect(() => parseConfig("")).toThrow(SchedulerUnavailable);
  });
});

test("who is shown only themselves knows nothing of the others (PrivateData of slurmdbd)", () => {
  expect(parseUsers("fairway|staff|staff||normal|normal||||\n")).toBeNull();
  expect(parseUsers("")).toBeNull();
  expect(parseUsers("root|root|root||normal|||||\n")).toHaveLength(1);
});

test("no partition at all is no answer", () => {
  expect(() => parsePartitions("", () => false)).toThrow(SchedulerUnavailable);
});

test("a partition for root alone lets in nobody", () => {
  const line = "PartitionName=x AllowGroups=ALL Default=NO MaxTime=UNLIMITED RootOnly=YES ReqResv=YES State=UP\n";
  expect(parsePartitions(line, () => true)[0]).toMatchObject({ allowGroups: [], needsReservation: true, isPreemptable: true });
});
