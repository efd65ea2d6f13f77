import { describe, expect, test } from "vitest";
import type { Rules } from "../schedulers/facts.ts";
import { toChoices } from "./choices.ts";
import { entitlementsOf } from "./entitlements.ts";
import { makeAssociation, makeNode, makePartition, makeQos, samplePresent, sampleRules } from "./testing/sample-facts.ts";

const of = (user: string, changes: Partial<Rules> = {}, groups: readonly string[] | null = ["users"]) =>
  entitlementsOf(sampleRules(changes), { user, groups });
const usable = (entitled: ReturnType<typeof of>) =>
  entitled.partitions.filter(({ refusal }) => refusal === null).map(({ facts }) => facts.name);

describe("what a person may use", () => {
  test("alice: all partitions, her account, its QoS", () => {
    const alice = of("alice");
    expect(alice.refusal).toBeNull();
    expect(usable(alice)).toEqual(["batch", "debug", "gpu"]);
    expect(alice.accounts).toEqual([
      { name: "physics", isDefault: true, qos: ["normal", "limited", "long", "capped"], defaultQos: "normal" },
    ]);
    expect(alice.qos.map(({ name }) => name)).toEqual(["normal", "limited", "long", "capped"]);
  });

  test("bob has two accounts, one of them his default", () => {
    expect(of("bob").accounts.map(({ name, isDefault }) => [name, isDefault])).toEqual([
      ["physics", true],
      ["chemistry", false],
    ]);
  });

  test("carol has none, and is told so wherever she looks", () => {
    const carol = of("carol");
    const line = "carol has no account for computing on this cluster; those who run it can give one.";
    expect(carol.refusal).toBe(line);
    expect(carol.partitions.map(({ refusal }) => refusal)).toEqual([line, line, line]);
    expect([carol.accounts, carol.qos]).toEqual([[], []]);
  });

  test("a partition is hers when any of her accounts and QoS opens it", () => {
    const partitions = [
      makePartition({ name: "chem", allowAccounts: ["chemistry"] }),
      makePartition({ name: "fast", allowQos: ["capped"] }),
      makePartition({ name: "closed", allowQos: ["high"] }),
      makePartition({ name: "lab", allowGroups: ["lab"] }),
      makePartition({ name: "drained", state: "DRAIN" }),
    ];
    expect(usable(of("alice", { partitions }))).toEqual(["fast"]);
    expect(usable(of("bob", { partitions }))).toEqual(["chem", "fast"]);
    expect(usable(of("bob", { partitions }, ["lab"]))).toEqual(["chem", "fast", "lab"]);
    expect(of("alice", { partitions }).partitions[0]?.refusal).toBe(
      "The partition chem is only for the account chemistry, not for physics.",
    );
  });

  test("an account for one partition alone opens no other", () => {
    const associations = [makeAssociation({ user: "alice", account: "physics", partition: "gpu" })];
    expect(usable(of("alice", { associations }))).toEqual(["gpu"]);
  });

  test("where accounts do not count, everything is everybody's", () => {
    const carol = of("carol", { associations: null });
    expect(carol.refusal).toBeNull();
    expect(usable(carol)).toEqual(["batch", "debug", "gpu"]);
    expect(carol.qos).toHaveLength(4);
  });

  test("only reservations of theirs are told of", () => {
    const window = { partition: null, startsAt: 1, endsAt: 2, accounts: [], groups: [] };
    const reservations = [
      { ...window, name: "hers", users: ["alice"] },
      { ...window, name: "his", users: ["bob"] },
    ];
    expect(of("alice", { reservations }).reservations.map(({ name }) => name)).toEqual(["hers"]);
  });
});

describe("what a form offers", () => {
  const { nodes } = samplePresent();

  test("partitions with their longest time, those that cannot be used last and with the reason", () => {
    const partitions = [makePartition({ name: "old", state: "DOWN" }), makePartition({ name: "new" })];
    expect(toChoices("partitions", of("alice", { partitions }), nodes)).toEqual([
      { value: "new", label: "new (at most 1 d)", refusal: null },
      {
        value: "old",
        label: "old (at most 1 d)",
        refusal: "The partition old is down: jobs wait there until its administrators bring it up.",
      },
    ]);
  });

  test("accounts and QoS", () => {
    expect(toChoices("accounts", of("bob"), nodes)?.map(({ value }) => value)).toEqual(["physics", "chemistry"]);
    expect(toChoices("qos", of("bob"), nodes)).toContainEqual({ value: "capped", label: "capped (at most 10 min)", refusal: null });
  });

  test("types of GPU, and which of them no partition of theirs has", () => {
    const more = [...nodes, makeNode({ name: "h1", partitions: ["hopper"], gpus: [{ type: "h100", total: 8, free: 8 }] })];
    const partitions = [...sampleRules().partitions, makePartition({ name: "hopper", allowAccounts: ["chemistry"] })];
    expect(toChoices("gpu_types", of("alice", { partitions }), more)).toEqual([
      { value: "a100", label: "a100", refusal: null },
      { value: "h100", label: "h100", refusal: "No partition that you may use has GPUs of the type h100." },
    ]);
  });

  test("what is not known is not an empty list", () => {
    expect(toChoices("gpu_types", of("alice"), null)).toBeNull();
    expect(toChoices("accounts", of("carol", { associations: null }), nodes)).toBeNull();
    expect(toChoices("qos", of("alice", { associations: null, qos: [] }), nodes)).toBeNull();
    expect(toChoices("accounts", of("carol"), nodes)).toEqual([]);
    expect(toChoices("qos", of("alice", { qos: [makeQos({ name: "normal" })] }), nodes)).toHaveLength(1);
  });
});
