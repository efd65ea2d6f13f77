import { describe, expect, it } from "vitest";
import { median, percentile } from "./statistics.ts";

describe("statistics", () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[7], 7],
  ])("the median of %j is %d", (values, expected) => expect(median(values)).toBe(expected));

  it("a percentile is a measured value", () => {
    const twenty = Array.from({ length: 20 }, (_, index) => 20 - index);
    expect([percentile(twenty, 95), percentile(twenty, 100), percentile(twenty, 1), percentile([5], 95)]).toEqual([19, 20, 1, 5]);
  });

  it("nothing has no median", () => {
    expect(() => median([])).toThrow("no run was measured");
    expect(() => percentile([], 95)).toThrow("no run was measured");
  });
});
