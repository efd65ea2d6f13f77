import { describe, expect, test } from "vitest";
import { makeQueuedJob } from "./testing/sample-facts.ts";
import { isNoticeable, rankQueue } from "./waiting.ts";

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;

describe("the place of a job", () => {
  test("is by priority, and by age where that is the same; ids are numbers", () => {
    const placeOf = rankQueue([
      makeQueuedJob({ id: "9" }),
      makeQueuedJob({ id: "10" }),
      makeQueuedJob({ id: "11", priority: 2000, expectedStart: NOW, reason: "Resources" }),
    ]);
    expect(placeOf("11")).toEqual({ partition: "batch", ahead: 0, of: 3, plannedStart: NOW, reason: "Resources" });
    expect(["9", "10"].map((id) => placeOf(id)?.ahead)).toEqual([1, 2]);
    expect(placeOf("12")).toBeNull();
  });

  test("counts only the partition's own, and where it may start in several it is the best", () => {
    const placeOf = rankQueue([
      makeQueuedJob({ id: "1", priority: 3000 }),
      makeQueuedJob({ id: "2", priority: 2000, partitions: ["gpu"] }),
      makeQueuedJob({ id: "3", partitions: ["batch", "gpu", "debug"] }),
    ]);
    expect(placeOf("2")).toMatchObject({ partition: "gpu", ahead: 0, of: 2 });
    expect(placeOf("3")).toMatchObject({ partition: "debug", ahead: 0, of: 1 });
  });

  test.each(["JobHeldUser", "JobHeldAdmin", "Dependency", "DependencyNeverSatisfied", "BeginTime"])(
    "is none with the reason %s, and such a job is ahead of nobody",
    (reason) => {
      const placeOf = rankQueue([makeQueuedJob({ id: "1", reason, priority: 9000 }), makeQueuedJob({ id: "2" })]);
      expect(placeOf("1")).toMatchObject({ partition: "batch", ahead: null, of: null });
      expect(placeOf("2")).toMatchObject({ ahead: 0, of: 1 });
    },
  );
});

describe("people notice", () => {
  const told = { partition: "batch", ahead: 3, startsAt: NOW + 60 * MINUTE };
  test.each([
    ["that there is a place at all", null, told, true],
    ["another place", told, { ...told, ahead: 2 }, true],
    ["that a start is planned", { ...told, startsAt: null }, told, true],
    ["a start that moves by much of the time left", told, { ...told, startsAt: NOW + 70 * MINUTE }, true],
    ["a near start that moves by a minute or two", { ...told, startsAt: NOW + 5 * MINUTE }, { ...told, startsAt: NOW + 7 * MINUTE }, true],
  ])("%s", (_, before, after, expected) => expect(isNoticeable(before, after, NOW)).toBe(expected));

  test("nothing where nothing changed, or a far-off start moved by a little", () => {
    expect(isNoticeable(null, null, NOW)).toBe(false);
    expect(isNoticeable(told, { ...told }, NOW)).toBe(false);
    expect(isNoticeable(told, { ...told, startsAt: NOW + 63 * MINUTE }, NOW)).toBe(false);
  });
});
