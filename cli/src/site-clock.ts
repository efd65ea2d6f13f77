/**
 * The site's time, by the `Date` of its answers: moments that it tells are counted down by its clock,
 * not by a laptop's that is wrong. Where the two agree as far as can be told, it is this machine's.
 */
export interface SiteClock {
  readonly now: () => number;
  /** An answer with this header came to what was asked at `askedAtMs`, by this machine's clock. */
  note(date: string | null, askedAtMs: number): void;
}

/** The header knows whole seconds, and leaves the rest away. */
const GRAIN_MS = 1000;

export function createSiteClock(here: () => number): SiteClock {
  let aheadMs = 0;
  return {
    now: () => here() + aheadMs,
    note(date, askedAtMs) {
      const told = Date.parse(date ?? "");
      if (Number.isNaN(told)) return;
      // It was written between the question and now, so it bounds by how much the site is ahead.
      const [least, most] = [told - here(), told + GRAIN_MS - askedAtMs];
      // What was found before stands while it can be right: else what is shown would jump with every answer.
      if (aheadMs >= least && aheadMs <= most) return;
      aheadMs = Math.round((least + most) / 2 / GRAIN_MS) * GRAIN_MS;
    },
  };
}
