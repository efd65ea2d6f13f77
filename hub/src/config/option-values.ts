/** Does a value fit its option, and is the option asked at all? Pure; for the configuration's own values as for people's. */
import type { SessionOptions } from "../store/schema.ts";
import { checkTarget } from "./option-targets.ts";
import { compilePattern, type Pattern } from "./pattern.ts";
import type { ConfigFile } from "./schema.ts";

export type Option = ConfigFile["profiles"][number]["options"][number];

/** The launcher takes 1000, a home directory before it included; and percent-encoded it must still fit an address. */
const MOST_PATH_BYTES = 600;

/** Is it asked, given the values of the options before it? One that is not counts as not set. */
export function isAsked(option: Option, values: SessionOptions): boolean {
  if (option.when === undefined) return true;
  const value = values[option.when.option];
  return option.when.is.some((wanted) => wanted === value);
}

/** Null when it fits; else what is wrong with it, for the person. Whether the cluster would take it is not said here. */
export function checkValue(option: Option, value: unknown): string | null {
  switch (option.kind) {
    case "number":
      return checkNumber(option, value);
    case "choice":
      return option.from === undefined ? checkChoice(option, value) : checkName(option, value);
    case "file":
      return value === "" && option.default === "" ? null : checkPath(value);
    case "text":
      return checkText(option, value);
  }
}

function checkNumber(option: Option & { kind: "number" }, value: unknown): string | null {
  if (typeof value !== "number" || !Number.isFinite(value)) return "must be a number";
  if (value < option.min || value > option.max) return `must be between ${option.min} and ${option.max}`;
  const steps = (value - option.min) / option.step;
  return Math.abs(steps - Math.round(steps)) < 1e-9 ? null : `must go in steps of ${option.step} from ${option.min}`;
}

function checkChoice({ choices }: Option & { kind: "choice" }, value: unknown): string | null {
  return choices.some((choice) => choice.value === value) ? null : `choose one of: ${choices.map((choice) => choice.label).join(", ")}`;
}

/** What the cluster offers is the cluster's matter; here it must only be something that can be a name there. */
function checkName(option: Option & { kind: "choice" }, value: unknown): string | null {
  if (typeof value !== "string") return "must be a name";
  return checkTarget(option.sets, value) === null ? null : "holds characters that are not allowed here";
}

function checkText(option: Option & { kind: "text" }, value: unknown): string | null {
  if (typeof value !== "string") return "must be text";
  if (value === "" && option.default === "") return null;
  if (value.length > option.max_length) return `must be at most ${option.max_length} characters long`;
  if (!toPattern(option).matches(value)) return "does not have the form that this site asks for";
  return checkTarget(option.sets, value) === null ? null : "holds characters that are not allowed here";
}

const patterns = new WeakMap<Option, Pattern>();

/** Compiled once: the configuration is frozen. */
function toPattern(option: Option & { kind: "text" }): Pattern {
  const pattern = patterns.get(option) ?? compilePattern(option.pattern);
  patterns.set(option, pattern);
  return pattern;
}

/** Absolute, or below the home directory. A file may be called almost anything, but nothing that a line or a program could not carry. */
function checkPath(value: unknown): string | null {
  if (typeof value !== "string" || value === "") return "must be a path";
  if (Buffer.byteLength(value) > MOST_PATH_BYTES) return "is too long for a path";
  if (!value.isWellFormed() || /\p{Cc}/u.test(value)) return "holds characters that are not allowed here";
  return value.split("/").includes("..") ? "must not lead upwards (..)" : null;
}
