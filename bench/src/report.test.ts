import { describe, expect, it } from "vitest";
import { isOk, type Report, toJsonLine, toTable } from "./report.ts";

const report: Report = {
  bench: "launch",
  figures: { above_floor_median_ms: 180.26, above_floor_x_jupyterhub: 0.18181 },
  peers: { jupyterhub: { above_floor_median_ms: 991.449 } },
  targets: { above_floor_median_ms: { op: "<=", value: 250 }, above_floor_x_jupyterhub: { op: "<=", value: 0.25 } },
  missing: [],
};

describe("a report", () => {
  it("is one line of JSON", () => {
    const line = toJsonLine(report);
    expect(line).not.toContain("\n");
    expect(JSON.parse(line)).toEqual({
      bench: "launch",
      figures: { above_floor_median_ms: 180.3, above_floor_x_jupyterhub: 0.182 },
      peers: { jupyterhub: { above_floor_median_ms: 991.4 } },
      targets: report.targets,
      ok: true,
    });
  });

  it("names what could not be had", () => {
    expect(JSON.parse(toJsonLine({ ...report, missing: ["jupyterhub: no PyPI"] }))).toHaveProperty("missing", ["jupyterhub: no PyPI"]);
  });

  it.each<[string, Partial<Report>]>([
    ["a figure above its bound", { figures: { ...report.figures, above_floor_median_ms: 250.1 } }],
    ["a figure below its bound", { targets: { above_floor_median_ms: { op: ">=", value: 181 } } }],
    ["a figure that is not there", { figures: { above_floor_median_ms: 1 } }],
  ])("is not ok with %s", (_, change) => {
    const failed = { ...report, ...change };
    expect(isOk(failed)).toBe(false);
    expect(JSON.parse(toJsonLine(failed))).toHaveProperty("ok", false);
    expect(toTable(failed)).toMatch(/MISSED[\s\S]*Not all targets are met\.$/);
  });

  it("is a table for people", () => {
    expect(toTable({ ...report, notes: ["a note"] })).toBe(
      [
        "launch                    fairway  jupyterhub       target",
        "above_floor_median_ms       180.3       991.4   <= 250 met",
        "above_floor_x_jupyterhub    0.182           -  <= 0.25 met",
        "a note",
        "All targets are met.",
      ].join("\n"),
    );
  });
});
