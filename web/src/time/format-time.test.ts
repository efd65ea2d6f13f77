import { describe, expect, it } from "vitest";
import { NOW } from "../testing/session-fixture.ts";
import { formatAge, formatAgo, formatDay, formatFull, formatMoment } from "./format-time.ts";

const berlin = { locale: "en-GB", timeZone: "Europe/Berlin" };
const HOUR = 3_600_000;

describe("formatMoment", () => {
  it("says the time alone today, and the day with it else", () => {
    expect(formatMoment(NOW, NOW, berlin)).toBe("15:00");
    expect(formatMoment(NOW + 10 * HOUR, NOW, berlin)).toBe("Sun 01:00");
    expect(formatMoment(NOW + 24 * 9 * HOUR, NOW, berlin)).toBe("30 Nov 15:00");
  });

  it("takes the day from the reader's zone, not from UTC", () => {
    const lateEvening = NOW + 8.5 * HOUR; // 22:30 UTC, 23:30 in Berlin, the next morning in Tokyo
    expect(formatMoment(lateEvening, NOW, berlin)).toBe("23:30");
    expect(formatMoment(lateEvening, NOW, { locale: "en-GB", timeZone: "Asia/Tokyo" })).toMatch(/^Sun /);
  });
});

describe("formatFull and formatDay", () => {
  it("names zone and year where they could be doubted", () => {
    expect(formatFull(NOW, berlin)).toBe("21 Nov 2026, 15:00:00 CET");
    expect(formatDay(NOW, NOW, berlin)).toBe("21 Nov");
    expect(formatDay(NOW + 24 * 60 * HOUR, NOW, berlin)).toBe("20 Jan 2027");
  });
});

describe("formatAgo", () => {
  it("rounds down to one unit", () => {
    expect(formatAgo(NOW - 59_000, NOW)).toBe("just now");
    expect(formatAgo(NOW + 5000, NOW)).toBe("just now");
    expect(formatAgo(NOW - 125_000, NOW)).toBe("2 min ago");
    expect(formatAgo(NOW - 27 * HOUR, NOW)).toBe("1 d ago");
  });
});

describe("formatAge", () => {
  it("says how old a figure is, without ticking every second", () => {
    expect(formatAge(NOW - 9_000, NOW)).toBe("just now");
    expect(formatAge(NOW - 29_000, NOW)).toBe("20 s old");
    expect(formatAge(NOW - 185_000, NOW)).toBe("3 min old");
  });
});
