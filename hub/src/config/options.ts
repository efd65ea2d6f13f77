/** Are a profile's options sound? What is wrong with them must show at the start, not at somebody's launch. */
import type { ChoiceSource, OptionTarget } from "@fairway/contract/profiles.ts";
import { checkTarget, NUMBER_TARGETS } from "./option-targets.ts";
import { checkValue, type Option } from "./option-values.ts";
import { compilePattern, PatternProblem } from "./pattern.ts";
import type { ConfigProblem } from "./problems.ts";
import type { ConfigFile } from "./schema.ts";
import { suggest } from "./suggest.ts";

type Profile = ConfigFile["profiles"][number];

/** What a launch link says beside the options (`/launch/PROFILE?cpus=2&session-name=second&next=lab`). */
const NAMES_OF_LINKS: readonly string[] = ["session-name", "next"];

export function checkOptions(config: ConfigFile): ConfigProblem[] {
  return config.profiles.flatMap((profile, index) => {
    const path = `profiles.${index}.options`;
    return profile.options.flatMap((option, position) => {
      const before = profile.options.slice(0, position);
      const where = `${path}.${position}`;
      return [...checkRepeated(option, before, where), ...checkCondition(option, before, where), ...checkOption(option, profile, where)];
    });
  });
}

/** Of two options for one thing the later would silently win, unless only one of them is ever asked. */
function checkRepeated(option: Option, before: readonly Option[], path: string): ConfigProblem[] {
  const target = ({ sets }: Option) => (sets === "hours" || sets === "minutes" ? "the time" : sets);
  if (NAMES_OF_LINKS.includes(option.name))
    return [{ path: `${path}.name`, message: `"${option.name}" has another meaning in launch links: choose another name` }];
  if (before.some(({ name }) => name === option.name))
    return [{ path: `${path}.name`, message: `another option is called "${option.name}" already` }];
  if (before.some((other) => target(other) === target(option) && !isEither(other, option)))
    return [{ path: `${path}.sets`, message: `another option sets ${target(option)} already` }];
  return [];
}

/** Both are asked by the same option, for values of which it can only have one. */
function isEither({ when: one }: Option, { when: other }: Option): boolean {
  return one !== undefined && other !== undefined && one.option === other.option && !one.is.some((value) => other.is.includes(value));
}

/** A condition that can never hold would hide its option for ever. */
function checkCondition({ when }: Option, before: readonly Option[], path: string): ConfigProblem[] {
  if (when === undefined) return [];
  const asked = before.find(({ name }) => name === when.option);
  if (asked === undefined) {
    const names = before.map(({ name }) => name);
    const near = suggest(when.option, names);
    const hint = near === null ? `before it: ${names.join(", ") || "none"}` : `did you mean "${near}"?`;
    return [{ path: `${path}.when.option`, message: `no option before it is called "${when.option}"; ${hint}` }];
  }
  return when.is.flatMap((value, index) => {
    const problem = checkValue(asked, value);
    return problem === null
      ? []
      : [{ path: `${path}.when.is.${index}`, message: `${asked.name} can never be ${JSON.stringify(value)}: ${problem}` }];
  });
}

function checkOption(option: Option, profile: Profile, path: string): ConfigProblem[] {
  const problem = (where: string, message: string | null) => (message === null ? [] : [{ path: `${path}${where}`, message }]);
  switch (option.kind) {
    case "number":
      return checkNumberOption(option, problem);
    case "choice":
      return checkChoiceOption(option, problem);
    case "file":
      return checkFileOption(option, profile, problem);
    case "text": {
      if (NUMBER_TARGETS[option.sets] !== undefined) return problem(".sets", `${option.sets} is a number: use kind number or choice`);
      const wrong = toPatternProblem(option.pattern);
      if (wrong !== null) return problem(".pattern", wrong);
      const unfit = checkValue(option, option.default) === null ? null : "does not fit pattern and max_length";
      return problem(".default", checkTarget(option.sets, option.default) ?? unfit);
    }
  }
}

type Report = (where: string, message: string | null) => ConfigProblem[];

function checkNumberOption({ min, max, step, sets, default: start }: Option & { kind: "number" }, problem: Report): ConfigProblem[] {
  if (NUMBER_TARGETS[sets] === undefined) return problem(".sets", `${sets} is no number: use kind choice or text`);
  if (min > max || start < min || start > max) return problem("", "min <= default <= max does not hold");
  const steps = (start - min) / step;
  if (Math.abs(steps - Math.round(steps)) > 1e-9) return problem(".default", `cannot be reached from ${min} in steps of ${step}`);
  return [
    ...problem(".min", checkTarget(sets, min)),
    ...problem(".step", NUMBER_TARGETS[sets].isWhole && !Number.isInteger(step) ? `${sets} needs whole numbers` : null),
  ];
}

const SOURCE_TARGETS = {
  partitions: "partition",
  accounts: "account",
  qos: "qos",
  reservations: "reservation",
  gpu_types: "gpu_type",
} as const satisfies Record<ChoiceSource, OptionTarget>;

function checkChoiceOption(option: Option & { kind: "choice" }, problem: Report): ConfigProblem[] {
  const { choices, from, sets, default: start } = option;
  if (from === undefined) {
    if (choices.length === 0) return problem(".choices", "what is there to choose from? Write choices, or from");
    return [
      ...choices.flatMap(({ value }, index) => problem(`.choices.${index}.value`, checkTarget(sets, value))),
      ...problem(".default", checkValue(option, start) === null ? null : "is none of the choices"),
    ];
  }
  if (choices.length > 0) return problem(".choices", "either choices or from, not both");
  if (sets !== SOURCE_TARGETS[from]) return problem(".sets", `from: ${from} is for sets: ${SOURCE_TARGETS[from]}`);
  return problem(".default", checkValue(option, start));
}

function checkFileOption(option: Option & { kind: "file" }, profile: Profile, problem: Report): ConfigProblem[] {
  const { picks, sets, default: start } = option;
  const target = picks === "folder" ? "working_directory" : "open";
  if (sets !== target) return problem(".sets", `a ${picks} can only set ${target}`);
  if (sets === "open" && profile.app !== "jupyterlab")
    return problem(".sets", `only jupyterlab opens a file by its address; ${profile.app} does not`);
  return problem(".default", checkValue(option, start));
}

function toPatternProblem(source: string): string | null {
  try {
    compilePattern(source);
    return null;
  } catch (error) {
    if (error instanceof PatternProblem) return error.message;
    throw error;
  }
}
