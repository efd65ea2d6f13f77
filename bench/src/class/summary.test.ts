import { expect, it } from "vitest";
import { type Rush, summarize } from "./summary.ts";

const rush = (way: Rush["way"], readyMs: Rush["readyMs"], changes: Partial<Rush> = {}): Rush => ({
  way,
  readyMs,
  refused: [],
  looksMs: [5, 10],
  rpcsPerMinute: 20,
  ...changes,
});

it("measures the class's p95 from the floor's, over all rounds", () => {
  const { figures, peers } = summarize([
    rush("floor", [1000, 1500]),
    rush("floor", [2000]),
    rush("fairway", [1200, 2500], { rpcsPerMinute: 30 }),
    rush("jupyterhub", [9000, null], { refused: ["student02: 429"] }),
  ]);
  expect(figures).toEqual({
    above_floor_p95_ms: 500,
    floor_p95_ms: 2000,
    total_median_ms: 1200,
    total_p95_ms: 2500,
    all_ready: 1,
    refused: 0,
    rpcs_per_min: 30,
    portal_p95_ms: 10,
  });
  expect(peers.jupyterhub).toMatchObject({ above_floor_p95_ms: 7000, all_ready: 0, refused: 1 });
});

it("has no peer that could not be had, and no figures without a floor", () => {
  expect(summarize([rush("floor", [1]), rush("fairway", [2])]).peers).toEqual({});
  expect(() => summarize([rush("fairway", [2])])).toThrow("no run was measured");
});
