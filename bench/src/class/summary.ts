// From rushes to figures. Pure.
import type { Figures } from "../report.ts";
import { percentile } from "../statistics.ts";
import type { RushResult, WayName } from "./plan.ts";

export interface Rush extends RushResult {
  readonly way: WayName;
  /** What slurmctld was asked by those who watch, by the minute. */
  readonly rpcsPerMinute: number;
}

/** The whole class of all rounds counts: the p95 is that of the 38th of forty. */
export function summarize(rushes: readonly Rush[]): { figures: Figures; peers: Record<string, Figures> } {
  const of = (way: WayName) => rushes.filter((rush) => rush.way === way);
  const floorP95 = percentile(readyOf(of("floor")), 95);
  const ours = describe(of("fairway"), floorP95);
  const theirs = of("jupyterhub");
  return { figures: ours, peers: theirs.length === 0 ? {} : { jupyterhub: describe(theirs, floorP95) } };
}

function describe(rushes: readonly Rush[], floorP95: number): Figures {
  const ready = readyOf(rushes);
  const presses = rushes.flatMap(({ readyMs }) => readyMs).length;
  const p95 = percentile(ready, 95);
  return {
    above_floor_p95_ms: p95 - floorP95,
    floor_p95_ms: floorP95,
    total_median_ms: percentile(ready, 50),
    total_p95_ms: p95,
    all_ready: ready.length === presses ? 1 : 0,
    refused: rushes.reduce((sum, { refused }) => sum + refused.length, 0),
    rpcs_per_min: Math.max(...rushes.map(({ rpcsPerMinute }) => rpcsPerMinute)),
    portal_p95_ms: percentile(
      rushes.flatMap(({ looksMs }) => looksMs),
      95,
    ),
  };
}

function readyOf(rushes: readonly Rush[]): number[] {
  return rushes.flatMap(({ readyMs }) => readyMs).filter((ms) => ms !== null);
}
