/** How Slurm's programs write lines of KEY=value, durations, sizes and TRES, in all versions from 20.11 to 26.05. Pure. */
import type { Tres } from "../facts.ts";
import { SchedulerUnavailable } from "../types.ts";

/** One record of `scontrol -o show …`. */
export type Keyed = ReadonlyMap<string, string>;

/**
 * `scontrol -o show …`: a record a line. By key and never by position, which changes with the version. A value ends at a
 * blank; of a key that comes twice the first counts: free text (a node's reason or comment) stands at the end.
 * @param first with what each line must begin, as `NodeName`
 * @throws SchedulerUnavailable for anything else: half an answer would look as if something had gone
 */
export function parseKeyedLines(stdout: string, first: string): readonly Keyed[] {
  if (/^No \w+ in the system\s*$/.test(stdout)) return [];
  const lines = stdout.split("\n");
  if (lines.pop() !== "") throw new SchedulerUnavailable("scontrol's answer was cut");
  return lines
    .filter((line) => line.trim() !== "")
    .map((line) => {
      if (!line.startsWith(`${first}=`)) throw new SchedulerUnavailable("scontrol's answer was garbled");
      const fields = new Map<string, string>();
      for (const [, key = "", value = ""] of line.matchAll(/(?:^|\s)([A-Za-z][\w/:]*)=(\S*)/g)) {
        if (!fields.has(key)) fields.set(key, value);
      }
      return fields;
    });
}

/** @throws SchedulerUnavailable when it is missing: the line was cut. */
export function mustHave(fields: Keyed, key: string): string {
  const value = fields.get(key);
  if (value === undefined) throw new SchedulerUnavailable(`scontrol's answer was cut: no ${key}`);
  return value;
}

/** Null for what Slurm prints when it has nothing to say, or no limit. */
export function toText(value: string | undefined): string | null {
  const nothing = ["", "(null)", "N/A", "n/a", "NONE", "None", "UNLIMITED", "INFINITE", "NO_VAL", "None assigned", "Unknown", "NOT_SET"];
  return value === undefined || nothing.includes(value) ? null : value;
}

/** Null for no limit, and for what is no number. */
export function toCount(value: string | undefined): number | null {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : null;
}

/** `a,b`, without what is only taken away (`-c`). */
export function toNames(value: string | undefined): readonly string[] {
  return toSignedNames(value).filter((name) => !name.startsWith("-"));
}

/** Those who are kept out included: "-bob". */
export function toSignedNames(value: string | undefined): readonly string[] {
  return (toText(value)?.split(",") ?? []).filter((name) => name !== "");
}

/** `1-00:00:00`, `01:00:00`, `30:00`, `00:13.218`. Null for UNLIMITED and the like. */
export function toSeconds(value: string | undefined): number | null {
  const [, days, hours, minutes, seconds] = /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(value ?? "") ?? [];
  if (minutes === undefined) return null;
  return Number(days ?? 0) * 86_400 + Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds);
}

const UNITS: Readonly<Record<string, number>> = { B: 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40, P: 2 ** 50 };

/**
 * `100M`, `62.50G`, `107676K`, `100Mn` (20.11).
 * @param bareUnit what a number without a unit counts: MB in scontrol and in limits, bytes in what sacct measured
 */
export function toBytes(value: string | undefined, bareUnit: "B" | "M"): number | null {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([BKMGTP]?)[nc]?$/.exec(value ?? "") ?? [];
  return number === undefined ? null : Math.round(Number(number) * (UNITS[unit || bareUnit] ?? 1));
}

/** `cpu=12,gres/gpu=1,mem=20G`; memory in bytes. What is no number (`cpu=00:00:09`) is left out. */
export function toTres(value: string | undefined): Tres {
  const tres: Record<string, number> = {};
  for (const item of toText(value)?.split(",") ?? []) {
    const [name = "", amount] = item.split("=");
    const number = toBytes(amount, name === "mem" ? "M" : "B");
    if (number !== null) tres[name] = number;
  }
  return tres;
}

/** Epoch seconds (SLURM_TIME_FORMAT=%s) to ms. */
export function toTime(value: string | undefined): number | null {
  return value !== undefined && /^[1-9]\d*$/.test(value) ? Number(value) * 1000 : null;
}
