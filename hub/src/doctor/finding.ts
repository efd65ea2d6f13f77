/** One line of the doctor's: what was found, and what to do about it. */
export interface Finding {
  readonly level: "ok" | "warn" | "fail";
  readonly what: string;
  readonly next?: string;
}

/** A check as a line: true is ok, false is `level` with what to do. */
export function judge(isGood: boolean, good: string, level: "warn" | "fail", bad: string, next: string): Finding {
  return isGood ? { level: "ok", what: good } : { level, what: bad, next };
}
