import { describe, expect, it } from "vitest";
import type { LauncherName, LaunchLine } from "./plan.ts";
import { describeMarks, summarize } from "./summary.ts";

const lines = (launcher: LauncherName, ...totals: number[]): LaunchLine[] =>
  totals.map((totalMs, round) => ({ launcher, round, totalMs, marks: { submitted: totalMs / 10 } }));

describe("a summary of launches", () => {
  const floor = lines("floor", 2000, 1900, 2100);

  it("measures from the floor of the same round", () => {
    const { figures, peers } = summarize([...floor, ...lines("fairway", 2300, 2100, 2350), ...lines("jupyterhub", 3000, 3100, 2900)]);
    expect(figures).toEqual({
      floor_median_ms: 2000,
      total_median_ms: 2300,
      above_floor_median_ms: 250,
      above_floor_p95_ms: 300,
      launches: 3,
      above_floor_x_jupyterhub: 0.25,
    });
    expect(peers).toHaveProperty("jupyterhub.above_floor_median_ms", 1000);
  });

  it("has no ratio to a peer that is missing", () => {
    const { figures, peers } = summarize([...floor, ...lines("fairway", 2300)]);
    expect(figures).not.toHaveProperty("above_floor_x_jupyterhub");
    expect(peers).toEqual({});
  });

  it("is an error without launches, or without their floor", () => {
    expect(() => summarize(floor)).toThrow("no run was measured");
    expect(() => summarize([...floor.slice(1), ...lines("fairway", 2300)])).toThrow("Round 0 has no floor");
  });

  it("tells where the time goes", () => {
    expect(describeMarks(floor)).toEqual(["floor, on the way: submitted 200 ms"]);
  });
});
