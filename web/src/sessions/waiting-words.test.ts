import { describe, expect, it } from "vitest";
import { makeSession, makeWaiting, NOW } from "../testing/session-fixture.ts";
import { findSuccessor, toChanges, toPlace } from "./waiting-words.ts";

describe("toPlace", () => {
  it("counts those ahead, and oneself among all", () => {
    expect(toPlace(makeWaiting({ ahead: 3, of: 12 }))).toBe("Place 4 of 12 in gpu");
    expect(toPlace(makeWaiting({ ahead: 0, of: null, partition: null }))).toBe("Place 1 in the queue");
  });

  it("says no more than is known", () => {
    expect(toPlace(makeWaiting({ ahead: null, of: 1 }))).toBe("1 job waits in gpu");
    expect(toPlace(makeWaiting({ ahead: null, of: null }))).toBeNull();
  });

  it("tells the place in our own line before the cluster has the job", () => {
    expect([0, 1, 4].map((ahead) => toPlace({ kind: "sending", ahead }))).toEqual([
      "Yours is sent next",
      "1 launch is sent before yours",
      "4 launches are sent before yours",
    ]);
  });
});

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
