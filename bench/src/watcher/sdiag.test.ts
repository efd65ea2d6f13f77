import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseSdiag, selectWatching, subtract, sum } from "./sdiag.ts";

const real = readFileSync(new URL("fixtures/sdiag-24.11.txt", import.meta.url), "utf8");

describe("sdiag", () => {
  it("is read by message type and by user", () => {
    const { byType, byUser } = parseSdiag(real);
    expect(byType.size).toBe(17);
    expect(byType.get("REQUEST_JOB_INFO_SINGLE")).toBe(21);
    expect(byType.get("ACCOUNTING_UPDATE_MSG")).toBe(10);
    expect(Object.fromEntries(byUser)).toEqual({ root: 147, alice: 111, slurm: 11, carol: 2, bob: 1 });
  });

  it("without its tables is an error, not silence", () => {
    expect(() => parseSdiag("slurm_get_statistics: Unable to contact slurm controller\n")).toThrow("told nothing");
  });

  it("counts what came between two readings", () => {
    const before = new Map([
      ["A", 3],
      ["B", 1],
    ]);
    expect([
      ...subtract(
        new Map([
          ["A", 5],
          ["B", 1],
          ["C", 2],
        ]),
        before,
      ),
    ]).toEqual([
      ["A", 2],
      ["C", 2],
    ]);
    expect(() => subtract(new Map([["A", 1]]), before)).toThrow("fell");
  });

  it("leaves out the own query, submits, cancels and the cluster's own, and nothing else", () => {
    const watching = selectWatching(new Map([...parseSdiag(real).byType, ["REQUEST_STATS_INFO", 4], ["REQUEST_OF_TOMORROW", 5]]));
    expect(watching.has("REQUEST_STATS_INFO")).toBe(false);
    expect(watching.has("REQUEST_SUBMIT_BATCH_JOB")).toBe(false);
    expect(watching.get("REQUEST_PARTITION_INFO")).toBe(78);
    expect(watching.get("REQUEST_OF_TOMORROW")).toBe(5);
    expect(
      sum(
        new Map([
          ["A", 2],
          ["B", 3],
        ]),
      ),
    ).toBe(5);
  });
});
