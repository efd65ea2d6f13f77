// From rounds to figures. Pure.
import type { Figures } from "../report.ts";
import { median, percentile } from "../statistics.ts";
import { WAY_NAMES, type WayLine, type WayName } from "./plan.ts";

export function summarize(lines: readonly WayLine[]): Record<WayName, Figures> {
  return Object.fromEntries(WAY_NAMES.map((name) => [name, describe(lines.filter((line) => line.name === name))])) as Record<
    WayName,
    Figures
  >;
}

/** Of the rounds the median; of latencies all rounds together. */
function describe(lines: readonly WayLine[]): Figures {
  if (lines.length === 0) return {};
  const latencies = lines.flatMap(({ latenciesMs }) => latenciesMs);
  return {
    small_per_s: median(lines.map(({ requestsPerS }) => requestsPerS)),
    small_p50_ms: percentile(latencies, 50),
    small_p99_ms: percentile(latencies, 99),
    download_mb_per_s: median(lines.map(({ downloadMbPerS }) => downloadMbPerS)),
    echo_per_s: median(lines.map(({ echoesPerS }) => echoesPerS)),
    echo_p50_ms: median(lines.map(({ echoP50Ms }) => echoP50Ms)),
    new_request_ms: median(lines.flatMap(({ newRequestsMs }) => newRequestsMs)),
  };
}

/** Round by round, since what slows the machine for a moment slows both: the median of the ratios. */
export function ratio(
  lines: readonly WayLine[],
  ours: WayName,
  theirs: WayName,
  of: "requestsPerS" | "downloadMbPerS" | "echoesPerS",
): number | null {
  const ratios = lines
    .filter(({ name }) => name === ours)
    .flatMap((line) => {
      const other = lines.find(({ name, round }) => name === theirs && round === line.round);
      return other === undefined ? [] : [line[of] / other[of]];
    });
  return ratios.length === 0 ? null : median(ratios);
}
