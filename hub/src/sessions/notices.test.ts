import { END_REASONS } from "@fairway/contract/states.ts";
import { expect, test } from "vitest";
import { toNotice } from "./notices.ts";
import { READY, sampleRow, T0 } from "./testing/rows.ts";

const LATER = T0 + 11 * 60_000;
const ended = (reason: (typeof END_REASONS)[number]) => sampleRow({ state: "ended", reason, endedAt: LATER });

test("people hear of ends that they did not ask for, and of no others", () => {
  const told = END_REASONS.filter((reason) => toNotice({ row: ended(reason), from: "ready" }, undefined, LATER) !== null);
  expect(told).not.toContain("stopped");
  expect(told).not.toContain("exited");
  expect(told).toEqual(expect.arrayContaining(["walltime", "idle", "out_of_memory", "node_fail", "cancelled", "failed", "lost"]));
});

test("what an administrator stopped is told as that", () => {
  const row = { ...ended("cancelled"), stopReason: "cancelled" } as const;
  expect(toNotice({ row, from: "stopping" }, undefined, LATER)).toMatchObject({ line: "The staff of this site stopped it." });
});

test("what was told of an end is not told again when more is found out about it", () => {
  expect(toNotice({ row: ended("walltime"), from: "ended" }, undefined, LATER)).toBeNull();
});

test("who launched it a moment ago sees how it ends", () => {
  expect(toNotice({ row: ended("submit_failed"), from: "submitting" }, undefined, T0 + 5000)).toBeNull();
  expect(toNotice({ row: ended("submit_failed"), from: "submitting" }, undefined, LATER)).not.toBeNull();
});

test("ready after a long wait is told once", () => {
  const row = sampleRow(READY);
  expect(toNotice({ row, from: "starting" }, undefined, LATER)).toMatchObject({ kind: "ready", waitedMs: 11 * 60_000 });
  expect(toNotice({ row, from: "starting" }, undefined, T0 + 60_000), "who waited a minute is still there").toBeNull();
  expect(toNotice({ row, from: "ready" }, undefined, LATER)).toBeNull();
  expect(toNotice({ row, from: "unreachable" }, undefined, LATER)).toBeNull();
});

test("a notice holds no secret, no options and no node", () => {
  const notice = toNotice({ row: ended("failed"), from: "ready" }, undefined, LATER);
  expect(Object.keys(notice?.session ?? {}).sort()).toEqual(["cluster", "id", "jobId", "name", "title", "user"]);
});
