// From the times of single launches to the figures. Pure.
import type { Figures } from "../report.ts";
import { median, percentile } from "../statistics.ts";
import { LAUNCHER_NAMES, type LauncherName, type LaunchLine } from "./plan.ts";

/** "Above the floor" is a launch's time less that of the floor in the same round, which began at the same part of Slurm's tick. */
export function summarize(lines: readonly LaunchLine[]): { figures: Figures; peers: Record<string, Figures> } {
  const floors = new Map(lines.filter(({ launcher }) => launcher === "floor").map(({ round, totalMs }) => [round, totalMs]));
  const floorMs = median([...floors.values()]);
  const describe = (launcher: LauncherName) => {
    const totals = totalsOf(lines, launcher);
    const above = lines.filter((line) => line.launcher === launcher).map(({ round, totalMs }) => totalMs - floorOf(floors, round));
    return {
      floor_median_ms: floorMs,
      total_median_ms: median(totals),
      above_floor_median_ms: median(above),
      above_floor_p95_ms: percentile(above, 95),
      launches: totals.length,
    };
  };
  const ours = describe("fairway");
  if (totalsOf(lines, "jupyterhub").length === 0) return { figures: ours, peers: {} };
  const theirs = describe("jupyterhub");
  const ratio = ours.above_floor_median_ms / theirs.above_floor_median_ms;
  return { figures: { ...ours, above_floor_x_jupyterhub: ratio }, peers: { jupyterhub: theirs } };
}

/** When each launcher was heard of on the way, in medians: where the time goes. */
export function describeMarks(lines: readonly LaunchLine[]): string[] {
  return LAUNCHER_NAMES.flatMap((launcher) => {
    const own = lines.filter((line) => line.launcher === launcher);
    const names = [...new Set(own.flatMap((line) => Object.keys(line.marks)))];
    const marks = names.map((name) => `${name} ${Math.round(median(own.flatMap((line) => line.marks[name] ?? [])))} ms`);
    return own.length === 0 ? [] : [`${launcher}, on the way: ${marks.join(", ")}`];
  });
}

function floorOf(floors: ReadonlyMap<number, number>, round: number): number {
  const totalMs = floors.get(round);
  if (totalMs === undefined) throw new Error(`Round ${round} has no floor to measure from.`);
  return totalMs;
}

function totalsOf(lines: readonly LaunchLine[], launcher: LauncherName): number[] {
  return lines.filter((line) => line.launcher === launcher).map((line) => line.totalMs);
}
