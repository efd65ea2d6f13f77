import { describe, expect, it } from "vitest";
import { makeSession, NOW } from "../testing/session-fixture.ts";
import { findSuccessor, toChanges } from "./waiting-words.ts";

describe("toChanges", () => {
  it("names what another shape changes, and only that", () => {
    const { resources } = makeSession();
    expect(toChanges(resources, { ...resources, cpus: 1, partition: "debug", timeLimitSeconds: 1800 })).toEqual([
      { label: "Partition", before: "batch", after: "debug" },
      { label: "Cores", before: "2", after: "1" },
      { label: "Time", before: "4 h", after: "30 min" },
    ]);
    expect(toChanges(resources, resources)).toEqual([]);
  });
});

describe("findSuccessor", () => {
  it("finds the newest that took over the name, and nobody else's", () => {
    const old = makeSession({ name: "gpu" });
    const next = makeSession({ id: "b".repeat(12), name: "gpu", createdAt: NOW });
    const newest = makeSession({ id: "c".repeat(12), name: "gpu", createdAt: NOW + 1 });
    const others = [makeSession({ createdAt: NOW }), { ...next, user: "bob" }, old];
    expect(findSuccessor(old, [...others, next, newest])).toBe(newest);
    expect(findSuccessor(old, others)).toBeNull();
  });
});
