/** What each target of an option may hold: the last word on a value, whatever the site's own bounds say. */
import type { OptionTarget } from "@fairway/contract/profiles.ts";
import { OpenPath } from "@fairway/contract/sessions.ts";

interface NumberTarget {
  readonly least: number;
  readonly isWhole: boolean;
}

/** Half an hour can be asked for, half a core cannot; nothing at all only of GPUs. */
export const NUMBER_TARGETS: Partial<Record<OptionTarget, NumberTarget>> = {
  cpus: { least: 1, isWhole: true },
  gpus: { least: 0, isWhole: true },
  memory_gb: { least: 2 ** -10, isWhole: false },
  hours: { least: 1 / 60, isWhole: false },
  minutes: { least: 1, isWhole: false },
};

const SLURM_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const WORKING_DIRECTORY = /^\/[A-Za-z0-9_./@+-]{0,199}$/;

/** Null when the target can hold it. "" leaves a text unset. (Files' paths are checked as such, see option-values.ts.) */
export function checkTarget(target: OptionTarget, value: string | number): string | null {
  const number = NUMBER_TARGETS[target];
  if (number === undefined) return value === "" || isText(target, String(value)) ? null : `${target} cannot be "${value}"`;
  if (typeof value !== "number") return `${target} needs numbers`;
  if (number.isWhole && !Number.isInteger(value)) return `${target} needs whole numbers`;
  return value < number.least ? `${target} needs at least ${number.least}` : null;
}

function isText(target: OptionTarget, value: string): boolean {
  if (target === "open") return OpenPath.safeParse(value).success;
  return (target === "working_directory" ? WORKING_DIRECTORY : SLURM_NAME).test(value);
}
