import { describe, expect, it } from "vitest";
import { makeJob, makeSession, NOW } from "../testing/session-fixture.ts";
import { toReport } from "./report.ts";
import { toWhereabouts } from "./resources.ts";
import { filterSessions } from "./search.ts";

const facts = { site: "Harbour HPC", version: "0.1.0", page: "https://hub.example/sessions/x", browser: "B", nowMs: NOW, logTail: "" };

describe("toReport", () => {
  it("holds the ids, the state in both words, and times in UTC", () => {
    const report = toReport(makeSession({ state: "ended", reason: "failed", exitCode: 1, endedAt: NOW, label: "Failed" }), facts);
    for (const text of [
      "k7m2p9q4r3t5",
      "4711 RUNNING",
      "ended (failed)",
      "Exit code:        1",
      "2026-11-21T14:00:00Z",
      "0.1.0 at Harbour HPC",
    ]) {
      expect(report).toContain(text);
    }
    expect(report).not.toMatch(/null|undefined|NaN/);
  });

  it("leaves out what is not known, and keeps the end of the log only", () => {
    const log = Array.from({ length: 50 }, (_, index) => `line ${index}`).join("\n");
    const report = toReport(makeSession({ job: null, profile: null, readyAt: null }), { ...facts, logTail: `${log}\n` });
    expect(report).not.toContain("Job:");
    expect(report).toContain("line 49");
    expect(report).not.toContain("line 29\n");
  });
});

describe("toWhereabouts", () => {
  it("says where and how much", () => {
    expect(toWhereabouts(makeSession())).toBe("batch · node c2 · 2 cores · 4 GB");
    const resources = { ...makeSession().resources, cpus: 1, memoryBytes: null, partition: null, gpus: { type: null, count: 2 } };
    expect(toWhereabouts(makeSession({ resources, job: null }))).toBe("Harbour · 1 core · 2 × GPU");
  });
});

describe("filterSessions", () => {
  it("wants every word, in any case, anywhere on the row", () => {
    const sessions = [makeSession(), makeSession({ id: "zzzzzzzzzzzz", job: makeJob({ node: "c9" }), user: "bob" })];
    expect(filterSessions(sessions, " JUPYTER c9 ").map(({ user }) => user)).toEqual(["bob"]);
    expect(filterSessions(sessions, "c9 alice")).toEqual([]);
    expect(filterSessions(sessions, "  ")).toBe(sessions);
  });
});
