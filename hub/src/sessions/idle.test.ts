import { expect, test } from "vitest";
import { decideIdle, type IdleStep, toIdleFact } from "./idle.ts";
import { READY, sampleRow, T0 } from "./testing/rows.ts";

const MINUTE = 60_000;
const RULE = { afterMs: 60 * MINUTE, warnBeforeMs: 10 * MINUTE };
/** Ready at minute 0. */
const row = (changes = {}) => sampleRow({ ...READY, readyAt: T0, ...changes });
const at = (minutes: number) => T0 + minutes * MINUTE;
const last = (minutes: number, knownUntil = at(10_000)) => ({ kind: "last", at: at(minutes), knownUntil }) as const;
const WARNED = { idleSince: at(20), idleWarnedAt: at(70) };

test.each<[string, Parameters<typeof decideIdle>, IdleStep["kind"]]>([
  ["used a moment ago", [row(), RULE, last(100), at(101)], "none"],
  ["idle, but not for long enough to warn", [row(), RULE, last(0), at(49)], "none"],
  ["time to warn", [row(), RULE, last(0), at(50)], "warn"],
  ["a busy kernel is never idle", [row(), RULE, { kind: "busy" }, at(5000)], "none"],
  ["who cannot be asked is never idle", [row(), RULE, { kind: "unknown" }, at(5000)], "none"],
  ["nor stopped, though it was warned of", [row(WARNED), RULE, { kind: "unknown" }, at(5000)], "none"],
  ["somebody said that they use it", [row({ keptAt: at(40) }), RULE, last(0), at(60)], "none"],
  ["somebody works in it over ssh, of which its app knows nothing", [row({ sshActivityAt: at(40) }), RULE, last(0), at(60)], "none"],
  ["over ssh again after the warning", [row({ ...WARNED, sshActivityAt: at(75) }), RULE, last(20), at(81)], "clear"],
  ["warned of, and not due yet", [row(WARNED), RULE, last(20), at(79)], "none"],
  ["warned of, and due", [row(WARNED), RULE, last(20), at(80)], "stop"],
  ["warned of, and due, but not known to the last moment", [row(WARNED), RULE, last(20, at(79)), at(80)], "none"],
  ["and then known", [row(WARNED), RULE, last(20, at(80)), at(81)], "stop"],
  ["used again after the warning", [row(WARNED), RULE, last(75), at(81)], "clear"],
  ["busy again after the warning", [row(WARNED), RULE, { kind: "busy" }, at(81)], "clear"],
  ["it does not answer the edge: left alone", [row({ ...WARNED, state: "unreachable" }), RULE, last(20), at(500)], "none"],
])("%s", (_what, input, expected) => {
  expect(decideIdle(...input).kind).toBe(expected);
});

test("who was away when the warning was due warns first, and leaves the whole time after it", () => {
  expect(decideIdle(row(), RULE, last(0), at(600))).toEqual({ kind: "warn", since: T0, stopsAt: at(610) });
  const warned = row({ idleSince: T0, idleWarnedAt: at(600) });
  expect(decideIdle(warned, RULE, last(0), at(609)).kind).toBe("none");
  expect(decideIdle(warned, RULE, last(0), at(610)).kind).toBe("stop");
});

test("the same last use, told a little later the second time, is no new use", () => {
  const told = { ...last(20), at: at(20) + 1900 };
  expect(decideIdle(row(WARNED), RULE, told, at(80)).kind).toBe("stop");
  expect(decideIdle(row(WARNED), RULE, { ...last(20), at: at(20) + 6000 }, at(80)).kind).toBe("clear");
});

test("a session that became ready a moment ago is not idle, whatever its app says", () => {
  expect(decideIdle(row({ readyAt: at(100) }), RULE, last(0), at(120)).kind).toBe("none");
});

test("people see it only once they are warned", () => {
  expect(toIdleFact(row(), RULE)).toBeNull();
  expect(toIdleFact(row(WARNED), RULE)).toEqual({ since: at(20), stopsAt: at(80) });
  expect(toIdleFact(row(WARNED), null), "the profile's rule is gone").toBeNull();
  expect(toIdleFact(row({ ...WARNED, state: "ended" }), RULE)).toBeNull();
});
