/** Lengths of time as people type them. */
import { CliFailure, EXIT } from "./failure.ts";

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** "90s", "15m", "12h", "30d" to seconds. @throws CliFailure (usage) for anything else. */
export function parseSeconds(text: string): number {
  const [, count, unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (UNIT_SECONDS[unit] ?? Number.NaN);
  if (!(seconds > 0)) throw new CliFailure(EXIT.usage, `"${text}" is no length of time.`, { next: "Write it like 90s, 15m, 12h or 30d." });
  return seconds;
}
