import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

/** Lets everybody go as soon as they may, from `start` on. @returns when each of them went. */
function walk(pace: Pace, clock: { now: number }, count: number): number[] {
  return Array.from({ length: count }, () => {
    clock.now += pace.waitMs();
    pace.note();
    return clock.now;
  });
}

test("a burst of a second's worth goes at once, and never more in any second", () => {
  const clock = { now: 5000 };
  const times = walk(new Pace(20, () => clock.now), clock, 100);
  expect(times.slice(0, 21)).toEqual([...Array<number>(20).fill(5000), 6000]);
  for (const [index, time] of times.entries()) expect(time - (times[index - 20] ?? -1e9)).toBeGreaterThanOrEqual(1000);
  expect(times.at(-1)).toBe(9000);
});

test("a rest saves up nothing beyond that", () => {
  const clock = { now: 0 };
  const pace = new Pace(3, () => clock.now);
  walk(pace, clock, 2);
  clock.now = 3_600_000;
  expect(walk(pace, clock, 4)).toEqual([3_600_000, 3_600_000, 3_600_000, 3_601_000]);
});

test.each([
  [0.5, [0, 2000, 4000]],
  [1, [0, 1000, 2000]],
  [1.5, [0, 667, 1334]],
])("%d a second", (perSecond, expected) => {
  const clock = { now: 0 };
  expect(walk(new Pace(perSecond, () => clock.now), clock, 3)).toEqual(expected);
});
