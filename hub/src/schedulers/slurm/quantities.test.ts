import { expect, test } from "vitest";
import { SchedulerUnavailable } from "../types.ts";
import { parseKeyedLines, toBytes, toNames, toSeconds, toTres } from "./quantities.ts";

test.each([
  ["1-00:00:00", 86_400],
  ["100:00:00", 360_000],
  ["30:00", 1800],
  ["00:13.218", 13.218],
  ["UNLIMITED", null],
  ["NONE", null],
  ["", null],
])("%j is %j seconds", (text, seconds) => expect(toSeconds(text)).toBe(seconds));

test.each([
  ["100M", "M", 100 * 2 ** 20],
  ["1000", "M", 1000 * 2 ** 20],
  ["110186496", "B", 110_186_496],
  ["62.50G", "M", 62.5 * 2 ** 30],
  ["2964K", "B", 2964 * 1024],
  ["300Mn", "M", 300 * 2 ** 20],
  ["0", "B", 0],
  ["UNLIMITED", "M", null],
  ["", "B", null],
] as const)("%j, bare numbers in %s, is %j bytes", (text, bare, bytes) => expect(toBytes(text, bare)).toBe(bytes));

test("TRES by name; memory in bytes; what is no amount is left out", () => {
  expect(toTres("cpu=30,gres/gpu:a100=1,gres/gpu=1,mem=20G")).toEqual({
    ...{ cpu: 30, "gres/gpu:a100": 1, "gres/gpu": 1 },
    mem: 20 * 2 ** 30,
  });
  expect(toTres("cpu=00:00:09,mem=-1,gres/gpuutil=150")).toEqual({ "gres/gpuutil": 150 });
  expect(toTres("")).toEqual({});
});

test("who is kept out is nobody who is let in", () => {
  expect(toNames("alice,-bob,carol")).toEqual(["alice", "carol"]);
  expect(toNames("(null)")).toEqual([]);
});

test("records by key; of a key that comes twice the first counts, so that a node's reason is only a reason", () => {
  const [node] = parseKeyedLines("NodeName=c1 OS=Linux 6.1 @0  State=DOWN Reason=x State=IDLE [root@1]\n\n", "NodeName");
  expect(node?.get("State")).toBe("DOWN");
  expect(parseKeyedLines("No reservations in the system\n", "ReservationName")).toEqual([]);
});

test.each(["NodeName=c1 State=IDLE", "hello\n", "NodeName=c1\nState=IDLE\n"])("%j is no answer", (stdout) => {
  expect(() => parseKeyedLines(stdout, "NodeName")).toThrow(SchedulerUnavailable);
});
