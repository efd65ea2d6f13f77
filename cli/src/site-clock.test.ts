import { expect, test } from "vitest";
import { createSiteClock } from "./site-clock.ts";

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 10, 22, 14, 20, 7) + 400;

/** A laptop, and a site that is so far ahead of it; an answer takes `tookMs`. */
function between(aheadMs: number) {
  let here = START;
  const clock = createSiteClock(() => here);
  return {
    clock,
    ask(tookMs: number, date = new Date(here + tookMs + aheadMs).toUTCString()): number {
      const asked = here;
      here += tookMs;
      clock.note(date, asked);
      return clock.now() - here;
    },
  };
}

test("a laptop that is late, or ahead, counts by the site's clock, within a second", () => {
  for (const ahead of [3 * HOUR_MS, -3 * HOUR_MS, 5 * 60_000 + 250, -1700]) {
    const found = between(ahead).ask(80);
    expect(Math.abs(found - ahead)).toBeLessThanOrEqual(1000);
    expect(Math.abs(found % 1000)).toBe(0);
  }
});

test("one that is right stays so, however long an answer takes, and what was found does not jump", () => {
  const right = between(0);
  for (const tookMs of [0, 80, 999, 2500, 60_000]) expect(right.ask(tookMs)).toBe(0);
  const late = between(HOUR_MS);
  const found = late.ask(80);
  for (const tookMs of [10, 333, 777, 5000]) expect(late.ask(tookMs)).toBe(found);
});

test("a clock that is set meanwhile is noticed; an answer without a date says nothing", () => {
  const late = between(HOUR_MS);
  const found = late.ask(80);
  expect(late.ask(80, "no date")).toBe(found);
  const { clock } = late;
  clock.note(null, START);
  expect(clock.now() - START - 160).toBe(found);
  expect(late.ask(80, new Date(START + 240).toUTCString())).toBe(0);
});
