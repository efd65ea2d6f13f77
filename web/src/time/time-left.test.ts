import { describe, expect, it } from "vitest";
import { makeJob, makeSession, NOW } from "../testing/session-fixture.ts";
import { toTimeLeft } from "./time-left.ts";

describe("toTimeLeft", () => {
  it("counts down from the job's end, in minutes while there is plenty", () => {
    expect(toTimeLeft(makeSession(), NOW)).toMatchObject({ seconds: 10_800, text: "3 h left", fraction: 0.75, isShort: false });
    expect(toTimeLeft(makeSession(), NOW + 1000)).toMatchObject({ seconds: 10_799, text: "3 h left" });
    expect(toTimeLeft(makeSession(), NOW + 61_000)?.text).toBe("2 h 59 min left");
  });

  it("counts seconds when little is left, and says when none is", () => {
    const session = makeSession({ job: makeJob({ endsAt: NOW + 95_000 }) });
    expect(toTimeLeft(session, NOW)).toMatchObject({ text: "1 min 35 s left", isShort: true });
    expect(toTimeLeft(session, NOW + 200_000)).toMatchObject({ seconds: 0, text: "time is up", fraction: 0 });
  });

  it("says nothing where nothing runs out", () => {
    expect(toTimeLeft(makeSession({ job: null }), NOW)).toBeNull();
    expect(toTimeLeft(makeSession({ job: makeJob({ endsAt: null }) }), NOW)).toBeNull();
    expect(toTimeLeft(makeSession({ job: makeJob({ startedAt: null }) }), NOW)).toBeNull();
    expect(toTimeLeft(makeSession({ state: "ended" }), NOW)).toBeNull();
  });

  it("is never more than whole, whatever the two clocks say", () => {
    const session = makeSession({ job: makeJob({ startedAt: NOW, endsAt: NOW + 3_600_000 }) });
    expect(toTimeLeft(session, NOW - 60_000)?.fraction).toBe(1);
    expect(toTimeLeft(makeSession({ job: makeJob({ startedAt: NOW, endsAt: NOW }) }), NOW)?.fraction).toBe(0);
  });
});
