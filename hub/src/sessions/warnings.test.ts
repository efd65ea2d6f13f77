import { describe, expect, test } from "vitest";
import type { SessionRow } from "../store/schema.ts";
import { READY, sampleRow, T0 } from "./testing/rows.ts";
import { nextWarning, warnTimes } from "./warnings.ts";

const MINUTE = 60_000;
const MARKS = [30 * MINUTE, 2 * MINUTE, 10 * MINUTE];

/** Started at T0, ends so many minutes later. */
function running(minutes: number, changes: Partial<SessionRow> = {}): SessionRow {
  const job = {
    id: "7",
    state: "RUNNING",
    pendingReason: null,
    node: "c1",
    submittedAt: T0,
    startedAt: T0,
    endsAt: T0 + minutes * MINUTE,
    restarts: 0,
  };
  return sampleRow({ ...READY, job, ...changes });
}
const at = (minutes: number) => T0 + minutes * MINUTE;
const told = (endMinutes: number, markMinutes: number) => ({ warnedEndsAt: at(endMinutes), warnedMarkMs: markMinutes * MINUTE });

test("each mark has its moment before the end, the first one first", () => {
  expect(warnTimes(running(60), MARKS)).toEqual([at(30), at(50), at(58)]);
});

test("a mark that was past when the job started never counts: who asked for 20 minutes knows", () => {
  expect(warnTimes(running(20), MARKS)).toEqual([at(10), at(18)]);
  expect(warnTimes(running(10), MARKS), "the mark at the very start is no news either").toEqual([at(8)]);
  expect(nextWarning(running(20), MARKS, at(1))).toEqual({ kind: "later", at: at(10) });
});

describe("from mark to mark", () => {
  test.each([
    ["before the first", {}, 29, { kind: "later", at: at(30) }],
    ["at the first", {}, 30, { kind: "due", endsAt: at(60), markMs: 30 * MINUTE }],
    ["the first is told", told(60, 30), 31, { kind: "later", at: at(50) }],
    ["the second is due", told(60, 30), 50, { kind: "due", endsAt: at(60), markMs: 10 * MINUTE }],
    ["two were missed: the nearest is told", {}, 59, { kind: "due", endsAt: at(60), markMs: 2 * MINUTE }],
    ["all are told", told(60, 2), 59, { kind: "none" }],
    ["it is over", {}, 60, { kind: "none" }],
  ])("%s", (_what, changes, minute, expected) => {
    expect(nextWarning(running(60, changes), MARKS, at(minute))).toEqual(expected);
  });
});

test("after an extension the marks count anew", () => {
  const extended = running(120, told(60, 2));
  expect(nextWarning(extended, MARKS, at(59))).toEqual({ kind: "later", at: at(90) });
  expect(nextWarning(extended, MARKS, at(90))).toEqual({ kind: "due", endsAt: at(120), markMs: 30 * MINUTE });
});

test("an end brought forward by an administrator is told at once, by its nearest mark", () => {
  expect(nextWarning(running(25, told(120, 30)), MARKS, at(20))).toEqual({ kind: "due", endsAt: at(25), markMs: 10 * MINUTE });
});

test("a suspended session's limit does not run, and the end that Slurm still shows is none: no warning of it", () => {
  const suspended = running(60, { state: "suspended" });
  expect(warnTimes(suspended, MARKS)).toEqual([]);
  expect(nextWarning(suspended, MARKS, at(59))).toEqual({ kind: "none" });
});

test("an end that Slurm shifts by seconds is the same end", () => {
  const shifted = running(60, { warnedEndsAt: at(60) + 1000, warnedMarkMs: 2 * MINUTE });
  expect(nextWarning(shifted, MARKS, at(59))).toEqual({ kind: "none" });
});

test.each(["pending", "starting", "stopping", "ended"] as const)("%s: there is nothing to warn of", (state) => {
  expect(warnTimes(running(60, { state }), MARKS)).toEqual([]);
  expect(nextWarning(running(60, { state }), MARKS, at(59))).toEqual({ kind: "none" });
});

test("no limit, no warning; no marks, no warning", () => {
  expect(warnTimes(sampleRow(READY), MARKS)).toEqual([]);
  expect(nextWarning(running(60), [], at(59))).toEqual({ kind: "none" });
});
