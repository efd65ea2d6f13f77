/** Each line of these tables was said by a real Slurm, too: offers.system.test.ts asks it. */
import type { Resources } from "@fairway/contract/sessions.ts";
import { describe, expect, test } from "vitest";
import type { ReservationFacts, Rules } from "../schedulers/facts.ts";
import { findRefusals } from "./refusals.ts";
import { makeAssociation, makeNode, makePartition, makeQos, samplePresent, sampleRules } from "./testing/sample-facts.ts";

const GIB = 1024 ** 3;
const HOUR = 3600;
const NOTHING: Resources = {
  ...{ cpus: 1, memoryBytes: null, gpus: null, timeLimitSeconds: null },
  ...{ partition: null, account: null, qos: null, reservation: null },
};
const { nodes } = samplePresent();

function refuse(user: string, asked: Partial<Resources>, changes: Partial<Rules> = {}, groups: readonly string[] | null = null) {
  return findRefusals({ rules: sampleRules(changes), nodes }, { user, groups }, { ...NOTHING, ...asked });
}

const lines = (...asked: Parameters<typeof refuse>) => refuse(...asked).map(({ field, line }) => `${field}: ${line}`);

describe("on a cluster like the testbed", () => {
  test.each<[string, Partial<Resources>]>([
    ["alice", {}],
    ["alice", { partition: "debug", timeLimitSeconds: HOUR / 2 }],
    ["alice", { partition: "batch", timeLimitSeconds: 24 * HOUR, cpus: 16, memoryBytes: 31 * GIB }],
    ["alice", { partition: "gpu", gpus: { type: "a100", count: 2 } }],
    ["alice", { gpus: { type: null, count: 1 } }],
    ["alice", { account: "Physics", qos: "LONG", cpus: 8 }],
    ["alice", { qos: "capped", cpus: 2, timeLimitSeconds: 600 }],
    ["bob", { account: "chemistry" }],
  ])("%s may have %j", (user, asked) => {
    expect(refuse(user, asked)).toEqual([]);
  });

  test.each<[string, Partial<Resources>, string[]]>([
    ["carol", {}, ["person: carol has no account for computing on this cluster; those who run it can give one."]],
    ["alice", { partition: "nosuch" }, ["partition: The cluster has no partition nosuch."]],
    ["alice", { partition: "debug", timeLimitSeconds: 2 * HOUR }, ["time: The partition debug allows at most 30 min; you asked for 2 h."]],
    ["alice", { account: "chemistry" }, ["account: You may not use the account chemistry in the partition batch, only physics."]],
    ["alice", { qos: "high" }, ["qos: The account physics may not use the QoS high, only normal, limited, long, capped."]],
    ["alice", { cpus: 17 }, ["cpus: No node of batch has more than 16 cores; you asked for 17 cores."]],
    ["alice", { memoryBytes: 900 * GIB }, ["memory: No node of batch has more than 31.3 GB; you asked for 900 GB."]],
    ["alice", { gpus: { type: null, count: 9 } }, ["gpus: No node of batch has more than 2 GPUs; you asked for 9 GPUs."]],
    [
      "alice",
      { partition: "gpu", gpus: { type: "h100", count: 1 } },
      ["gpu_type: No node of gpu has GPUs of the type h100; there are: a100."],
    ],
    [
      "alice",
      { qos: "capped", cpus: 4, timeLimitSeconds: 1200 },
      [
        "time: The QoS capped allows at most 10 min; you asked for 20 min.",
        "cpus: The QoS capped allows at most 2 cores a job; you asked for 4 cores.",
      ],
    ],
    ["alice", { qos: "capped" }, ["time: The QoS capped allows at most 10 min; a job in batch that asks for no time gets 1 h."]],
    ["alice", { qos: "long", cpus: 9 }, ["cpus: The QoS long allows at most 8 cores a person; you asked for 9 cores."]],
    ["alice", { reservation: "course" }, ["reservation: The cluster has no reservation course."]],
  ])("%s may not have %j", (user, asked, expected) => {
    expect(lines(user, asked)).toEqual(expected);
  });
});

describe("partitions", () => {
  const batch = makePartition({ name: "batch", isDefault: true });
  const withBatch = (changes: Partial<typeof batch>): Partial<Rules> => ({ partitions: [{ ...batch, ...changes }] });

  test.each<[string, Partial<typeof batch>, string]>([
    ["down", { state: "DOWN" }, "partition: The partition batch is down: jobs wait there until its administrators bring it up."],
    ["drained", { state: "DRAIN" }, "partition: The partition batch takes no new jobs at the moment."],
    ["inactive", { state: "INACTIVE" }, "partition: The partition batch takes no new jobs at the moment."],
    ["root's", { allowGroups: [] }, "partition: The partition batch is for administrators alone."],
    ["a group's", { allowGroups: ["lab", "staff"] }, "partition: The partition batch is only for the groups lab, staff."],
    ["an account's", { allowAccounts: ["chemistry"] }, "account: The partition batch is only for the account chemistry, not for physics."],
    ["not an account's", { denyAccounts: ["physics"] }, "account: The partition batch is not for the account physics."],
    ["a QoS's", { allowQos: ["high"] }, "qos: The partition batch is only for the QoS high, not for normal."],
    ["not a QoS's", { denyQos: ["normal"] }, "qos: The partition batch is not for the QoS normal."],
    ["a reservation's", { needsReservation: true }, "reservation: The partition batch can only be used within a reservation; choose one."],
    ["small", { maxCpusPerNode: 4 }, "cpus: The partition batch allows at most 4 cores on a node; you asked for 8 cores."],
  ])("that are %s", (_what, changes, line) => {
    expect(lines("alice", { cpus: 8 }, withBatch(changes), ["users"])).toEqual([line]);
  });

  test("nobody is refused for groups that are not known, nor for accounts whose tree is not", () => {
    expect(lines("alice", {}, withBatch({ allowGroups: ["lab"] }), null)).toEqual([]);
    expect(lines("alice", {}, { ...withBatch({ allowAccounts: ["science"] }), accountParents: {} })).toEqual([]);
  });

  test("what is allowed to an account is allowed to those below it, even in a tree that bites its tail", () => {
    const parents = { physics: "science", science: "root", chemistry: "chemistry" };
    expect(lines("alice", {}, { ...withBatch({ allowAccounts: ["Science"] }), accountParents: parents })).toEqual([]);
    expect(lines("bob", { account: "chemistry" }, { ...withBatch({ allowAccounts: ["science"] }), accountParents: parents })).toHaveLength(
      1,
    );
  });

  test("a list of those allowed makes the list of those denied void", () => {
    expect(lines("alice", {}, withBatch({ allowAccounts: ["physics"], denyAccounts: ["physics"] }))).toEqual([]);
  });

  test("none is the default", () => {
    expect(lines("alice", {}, withBatch({ isDefault: false }))).toEqual(["partition: The cluster has no default partition; choose one."]);
  });

  test("memory is bound to cores: more memory is more cores", () => {
    const bound = withBatch({ maxMemoryPerCpuBytes: GIB });
    expect(lines("alice", { memoryBytes: 16 * GIB }, bound)).toEqual([]);
    expect(lines("alice", { memoryBytes: 17 * GIB }, bound)).toEqual([
      "cpus: No node of batch has more than 16 cores; you asked for 17 cores.",
    ]);
  });
});

describe("accounts", () => {
  test("a row for the partition counts before one for all, and one for another does not", () => {
    const associations = [
      makeAssociation({ user: "alice", account: "physics", partition: "gpu" }),
      makeAssociation({ user: "bob", account: "physics" }),
      makeAssociation({ user: "bob", account: "physics", partition: "gpu", maxWallSeconds: HOUR }),
    ];
    expect(lines("alice", { partition: "gpu" }, { associations })).toEqual([]);
    expect(lines("alice", {}, { associations })).toEqual(["account: None of your accounts may be used in the partition batch."]);
    expect(lines("bob", { timeLimitSeconds: 2 * HOUR }, { associations })).toEqual([]);
    expect(lines("bob", { timeLimitSeconds: 2 * HOUR, partition: "gpu" }, { associations })).toEqual([
      "time: The account physics allows at most 1 h; you asked for 2 h.",
    ]);
  });

  test("with no jobs allowed, nothing is", () => {
    const associations = [makeAssociation({ user: "alice", account: "physics", maxJobs: 0 })];
    expect(lines("alice", {}, { associations })).toEqual(["account: The account physics allows you no jobs."]);
  });

  test("a site without associations refuses nobody for them", () => {
    expect(lines("carol", { account: "any", qos: "whatever" }, { associations: null })).toEqual([]);
    expect(lines("carol", { cpus: 17 }, { associations: null })).toHaveLength(1);
  });
});

describe("QoS", () => {
  const batch = makePartition({ name: "batch", isDefault: true, qos: "part", maxTimeSeconds: 4 * HOUR });
  const part = makeQos({ name: "part", maxWallSeconds: HOUR, maxTresPerJob: { "gres/gpu:a100": 1 } });
  const associations = [makeAssociation({ user: "alice", account: "physics", maxWallSeconds: HOUR / 2 })];
  const timeIn = (normal: Parameters<typeof makeQos>[0], hours: number) =>
    lines("alice", { timeLimitSeconds: hours * HOUR }, { partitions: [batch], associations, qos: [part, makeQos(normal)] });

  test("of the partition's, the job's and the account's limit the first that is set counts", () => {
    expect(timeIn({ name: "normal", maxWallSeconds: 3 * HOUR }, 1)).toEqual([]);
    expect(timeIn({ name: "normal", maxWallSeconds: 3 * HOUR }, 2)).toEqual([
      "time: The partition batch (its QoS part) allows at most 1 h; you asked for 2 h.",
    ]);
    expect(timeIn({ name: "normal", maxWallSeconds: 3 * HOUR, isBeforePartitionQos: true }, 2)).toEqual([]);
    expect(timeIn({ name: "normal", maxWallSeconds: 10 * HOUR, isBeforePartitionQos: true }, 5)).toEqual([
      "time: The partition batch allows at most 4 h; you asked for 5 h.",
    ]);
    const beyond = { name: "normal", maxWallSeconds: 10 * HOUR, isBeforePartitionQos: true, mayExceedPartitionTime: true };
    expect(timeIn(beyond, 5)).toEqual([]);
  });

  test("a limit on one type of GPU binds those who ask for that type", () => {
    const changes = { partitions: [batch], associations, qos: [part] };
    const gpus = (type: string | null) => lines("alice", { gpus: { type, count: 2 }, qos: "part" }, { ...changes, enforcesQos: false });
    expect(gpus(null)).toEqual([]);
    expect(gpus("a100")).toEqual(["gpus: The partition batch (its QoS part) allows at most 1 a100 GPU a job; you asked for 2 a100 GPUs."]);
  });

  test("where they are not enforced, any that exists may be used", () => {
    expect(lines("alice", { qos: "high" }, { enforcesQos: false })).toEqual(["qos: The cluster has no QoS high."]);
    const qos = [makeQos({ name: "high" }), makeQos({ name: "normal" })];
    expect(lines("alice", { qos: "high" }, { enforcesQos: false, qos })).toEqual([]);
  });

  test("an account without a default gets its only one, else normal", () => {
    const rules = (qos: string[]) => ({ associations: [makeAssociation({ user: "alice", account: "physics", defaultQos: null, qos })] });
    expect(lines("alice", { cpus: 4, timeLimitSeconds: 60 }, rules(["capped"]))).toEqual([
      "cpus: The QoS capped allows at most 2 cores a job; you asked for 4 cores.",
    ]);
    expect(lines("alice", {}, rules(["capped", "long"]))).toEqual([
      "qos: The account physics may not use the QoS normal, only capped, long.",
    ]);
  });
});

describe("reservations", () => {
  const window = { partition: null, startsAt: 0, endsAt: Number.MAX_SAFE_INTEGER };
  const empty = { ...window, users: [], accounts: [], groups: [] };
  const refusal = "reservation: The reservation course is not for alice.";

  test.each<[string, Partial<ReservationFacts>, boolean]>([
    ["hers", { users: ["bob", "alice"] }, true],
    ["others'", { users: ["bob"] }, false],
    ["her account's", { accounts: ["Physics"] }, true],
    ["another account's", { accounts: ["chemistry"] }, false],
    ["her group's", { groups: ["users"] }, true],
    ["another group's", { groups: ["lab"] }, false],
    ["for all but her", { users: ["-alice"] }, false],
    ["for all but others", { users: ["-bob"] }, true],
    ["for all accounts but hers", { accounts: ["-physics"] }, false],
    ["of the account above hers", { accounts: ["root"] }, true],
    ["hers in her account", { users: ["alice"], accounts: ["physics"] }, true],
    ["hers in another account", { users: ["alice"], accounts: ["chemistry"] }, false],
    ["others' in her account", { users: ["bob"], accounts: ["physics"] }, false],
  ])("that are %s", (_whose, whose, isAllowed) => {
    const reservations = [{ ...empty, name: "course", ...whose }];
    expect(lines("alice", { reservation: "course" }, { reservations }, ["users"])).toEqual(isAllowed ? [] : [refusal]);
  });

  test("the account that is asked for counts, not whichever would do", () => {
    const reservations = [{ ...empty, name: "course", accounts: ["physics"] }];
    expect(lines("bob", { reservation: "course" }, { reservations })).toEqual([]);
    expect(lines("bob", { reservation: "course", account: "chemistry" }, { reservations })).toEqual([
      "reservation: The reservation course is not for bob.",
    ]);
  });
});

describe("nodes", () => {
  const rules = sampleRules();
  const refuseOn = (asked: Partial<Resources>, has: Parameters<typeof makeNode>[0][] | null) =>
    findRefusals({ rules, nodes: has?.map(makeNode) ?? null }, { user: "alice", groups: null }, { ...NOTHING, ...asked }).map(
      ({ line }) => line,
    );
  const gpus = [{ type: "a100", total: 2, free: 0 }];

  test("nothing is refused for its size while they are not known", () => {
    expect(refuseOn({ cpus: 10_000 }, null)).toEqual([]);
  });

  test("what is only there on different nodes is not there", () => {
    const has = [
      { name: "a", gpus },
      { name: "b", cpus: { total: 64, free: 0 } },
    ];
    expect(refuseOn({ cpus: 32, gpus: { type: null, count: 1 } }, has)).toEqual([
      "No node of batch has 32 cores and 31.3 GB and 1 GPU together.",
    ]);
  });

  test("nodes that are down count, for Slurm lets a job wait for them; those of other partitions do not", () => {
    const big = { cpus: { total: 64, free: 0 }, state: "down", isUsable: false };
    expect(refuseOn({ cpus: 17 }, [{ name: "a", ...big }])).toEqual([]);
    expect(refuseOn({ cpus: 17 }, [{ name: "a", ...big, partitions: ["gpu"] }, { name: "b" }])).toHaveLength(1);
  });

  test("who wants a GPU where there is none is told where there are", () => {
    const has = [{ name: "a" }, { name: "b", partitions: ["gpu"], gpus }];
    expect(refuseOn({ gpus: { type: "a100", count: 1 } }, has)).toEqual(["No node of batch has a GPU. Choose gpu for GPUs."]);
  });
});
