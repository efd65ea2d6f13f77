import { expect, test } from "vitest";
import { describeSlurm } from "./slurm-facts.ts";

const config = (changes: Readonly<Record<string, string>> = {}) => {
  const values = {
    ClusterName: "main",
    SelectType: "select/cons_tres",
    PrivateData: "none",
    MinJobAge: "300 sec",
    Unknown: "x",
    ...changes,
  };
  return Object.entries(values)
    .map(([name, value]) => `${name.padEnd(24)}= ${value}`)
    .join("\n");
};

test("what matters is told with what it means; the rest is left out", () => {
  const lines = describeSlurm("main", config()).map(({ what }) => what);
  expect(lines).toContain("main: SelectType=select/cons_tres (what is given out: single cores, or whole nodes)");
  expect(lines.join("\n")).not.toContain("Unknown");
  expect(describeSlurm("main", config()).every(({ level }) => level === "ok")).toBe(true);
});

test("whole nodes and a short memory are worth a word", () => {
  const found = describeSlurm("main", config({ SelectType: "select/linear", MinJobAge: "2 sec" }));
  expect(found.filter(({ level }) => level === "warn").map(({ what }) => what)).toEqual([
    "main: every job gets a whole node (SelectType=select/linear)",
    "main: ended jobs leave the queue's list after 2 s",
  ]);
});

test("an empty answer tells nothing", () => {
  expect(describeSlurm("main", "")).toEqual([]);
});
