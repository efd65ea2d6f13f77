/** Are a profile's options sound? What is wrong with them must show at the start, not at somebody's launch. */
import { checkTarget, NUMBER_TARGETS } from "./option-targets.ts";
import type { ConfigProblem } from "./problems.ts";
import type { ConfigFile } from "./schema.ts";

type Option = ConfigFile["profiles"][number]["options"][number];

export function checkOptions(config: ConfigFile): ConfigProblem[] {
  return config.profiles.flatMap(({ options }, index) => {
    const path = `profiles.${index}.options`;
    return [...checkRepeated(options, path), ...options.flatMap((option, position) => checkOption(option, `${path}.${position}`))];
  });
}

/** Of two options for one thing the later would silently win. */
function checkRepeated(options: readonly Option[], path: string): ConfigProblem[] {
  const target = ({ sets }: Option) => (sets === "hours" || sets === "minutes" ? "the time" : sets);
  return options.flatMap((option, position) => {
    const before = options.slice(0, position);
    if (before.some(({ name }) => name === option.name))
      return [{ path: `${path}.${position}.name`, message: `another option is called "${option.name}" already` }];
    if (before.some((other) => target(other) === target(option)))
      return [{ path: `${path}.${position}.sets`, message: `another option sets ${target(option)} already` }];
    return [];
  });
}

function checkOption(option: Option, path: string): ConfigProblem[] {
  const problem = (where: string, message: string | null) => (message === null ? [] : [{ path: `${path}${where}`, message }]);
  switch (option.kind) {
    case "number": {
      const { min, max, step, sets } = option;
      if (NUMBER_TARGETS[sets] === undefined) return problem(".sets", `${sets} is no number: use kind choice or text`);
      if (min > max || option.default < min || option.default > max) return problem("", "min <= default <= max does not hold");
      const steps = (option.default - min) / step;
      if (Math.abs(steps - Math.round(steps)) > 1e-9) return problem(".default", `cannot be reached from ${min} in steps of ${step}`);
      return [
        ...problem(".min", checkTarget(sets, min)),
        ...problem(".step", NUMBER_TARGETS[sets].isWhole && !Number.isInteger(step) ? `${sets} needs whole numbers` : null),
      ];
    }
    case "choice":
      return [
        ...option.choices.flatMap(({ value }, index) => problem(`.choices.${index}.value`, checkTarget(option.sets, value))),
        ...problem(".default", option.choices.some(({ value }) => value === option.default) ? null : "is none of the choices"),
      ];
    case "file":
      return problem(".sets", ["working_directory", "open"].includes(option.sets) ? null : `a file cannot set ${option.sets}`);
    case "text": {
      if (NUMBER_TARGETS[option.sets] !== undefined) return problem(".sets", `${option.sets} is a number: use kind number or choice`);
      const pattern = toRegExp(option.pattern);
      if (pattern === null) return problem(".pattern", "is not a valid regular expression");
      if (option.default === "") return [];
      const fits = option.default.length <= option.max_length && pattern.test(option.default);
      return problem(".default", fits ? checkTarget(option.sets, option.default) : "does not fit pattern and max_length");
    }
  }
}

function toRegExp(source: string): RegExp | null {
  try {
    return new RegExp(`^(?:${source})$`, "u");
  } catch {
    // The constructor's exception is the answer.
    return null;
  }
}
