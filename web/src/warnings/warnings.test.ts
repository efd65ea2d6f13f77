import { describe, expect, it } from "vitest";
import { makeJob, makeSession, NOW } from "../testing/session-fixture.ts";
import { findWarnings, toRemaining, toWords } from "./warnings.ts";

const MINUTE = 60_000;
const endsAt = NOW + 10 * MINUTE;
const ending = makeSession({ job: makeJob({ endsAt }), warnAt: [endsAt - 30 * MINUTE, endsAt - 10 * MINUTE, endsAt - 2 * MINUTE] });
const keyAt = (nowMs: number) => findWarnings([ending], nowMs)[0]?.key;

describe("findWarnings", () => {
  it("warns from each mark on, and anew at the next", () => {
    expect(findWarnings([ending], NOW - 21 * MINUTE)).toEqual([]);
    expect(keyAt(NOW - 1)).toBe(keyAt(NOW - 20 * MINUTE));
    expect(keyAt(NOW)).not.toBe(keyAt(NOW - 1));
    expect(keyAt(NOW + 8 * MINUTE)).not.toBe(keyAt(NOW));
  });

  it("warns no longer once there is more time, and anew of the new end", () => {
    const longer = endsAt + 60 * MINUTE;
    const extended = makeSession({ job: makeJob({ endsAt: longer }), warnAt: [longer - 10 * MINUTE] });
    expect(findWarnings([extended], NOW)).toEqual([]);
    expect(findWarnings([extended], longer - MINUTE)[0]?.key).not.toBe(keyAt(endsAt - MINUTE));
  });

  it("leaves alone what has ended, is being stopped, or has passed", () => {
    expect(findWarnings([{ ...ending, state: "stopping" }], NOW)).toEqual([]);
    expect(findWarnings([{ ...ending, state: "ended" }], NOW)).toEqual([]);
    expect(findWarnings([ending], endsAt)).toEqual([]);
    expect(findWarnings([makeSession({ job: null, warnAt: [NOW - 1] })], NOW)).toEqual([]);
  });

  it("warns of an idle session until it is stopped; the most urgent first", () => {
    const idle = makeSession({ id: "b".repeat(12), idle: { since: NOW - 50 * MINUTE, stopsAt: NOW + 9 * MINUTE } });
    expect(findWarnings([ending, idle], NOW).map(({ kind }) => kind)).toEqual(["idle", "end"]);
    expect(findWarnings([idle], NOW + 9 * MINUTE)).toEqual([]);
  });

  it("warns of one that is idle and near its end of what comes first", () => {
    const both = (stopsInMinutes: number) => ({ ...ending, idle: { since: NOW - 50 * MINUTE, stopsAt: NOW + stopsInMinutes * MINUTE } });
    expect(findWarnings([both(4)], NOW)).toMatchObject([{ kind: "idle", at: NOW + 4 * MINUTE }]);
    expect(findWarnings([both(14)], NOW)).toMatchObject([{ kind: "end", at: endsAt }]);
    expect(findWarnings([both(4)], NOW + 4 * MINUTE)).toMatchObject([{ kind: "end" }]);
  });
});

it("says what is left, in seconds only when they count", () => {
  expect(toRemaining(NOW + 9.5 * MINUTE, NOW)).toBe("10 min");
  expect(toRemaining(NOW + 95_000, NOW)).toBe("1 min 35 s");
  const [warning] = findWarnings([ending], NOW);
  expect(warning && toWords(warning, NOW)).toEqual({ headline: "JupyterLab · Small ends in 10 min", advice: "Save your work." });
});
