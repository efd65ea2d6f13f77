import { describe, expect, it } from "vitest";
import { addCounts, countLayer, formatCounts, type Report } from "./count-results.ts";

function report(...files: readonly (readonly [status: string, ...tests: readonly string[]])[]): Report {
  const all = files.flatMap(([, ...tests]) => tests);
  const count = (status: string): number => all.filter((one) => one === status).length;
  return {
    numPassedTests: count("passed"),
    numPendingTests: count("skipped"),
    numTodoTests: count("todo"),
    testResults: files.map(([status, ...tests]) => ({ status, assertionResults: tests.map((one) => ({ status: one })) })),
  };
}

describe("counting what was run", () => {
  it("adds up the tests", () => {
    const counts = countLayer(report(["passed", "passed", "passed"], ["failed", "passed", "failed", "skipped", "todo"]), 1);
    expect(counts).toEqual({ passed: 3, failed: 1, skipped: 2 });
  });

  it("counts a file whose hook threw, though each of its tests was skipped", () => {
    expect(countLayer(report(["failed", "skipped", "skipped"]), 1)).toEqual({ passed: 0, failed: 1, skipped: 2 });
  });

  it("counts a file that could not be loaded, beside a failed test", () => {
    expect(countLayer(report(["failed"], ["failed", "failed"]), 1)).toEqual({ passed: 0, failed: 2, skipped: 0 });
  });

  it("counts an unhandled error after tests that all passed", () => {
    expect(countLayer(report(["passed", "passed"]), 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it("counts a layer without a report as failed, whatever it exited with", () => {
    expect(countLayer(null, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it("names skipped tests only when there are any", () => {
    const sum = addCounts([
      { passed: 2, failed: 0, skipped: 0 },
      { passed: 1, failed: 1, skipped: 0 },
    ]);
    expect(formatCounts(sum)).toBe("3 passed, 1 failed");
    expect(formatCounts({ ...sum, skipped: 4 })).toBe("3 passed, 1 failed, 4 skipped");
  });
});
