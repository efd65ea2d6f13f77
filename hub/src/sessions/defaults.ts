/** What somebody chose last time: offered again as far as it is still allowed to them. Pure. */
import { checkValue, isAsked, type Option } from "../config/option-values.ts";
import type { SessionOptions } from "../store/schema.ts";

/** Only what they changed: where the site changes a default, whoever left it alone follows. */
export function toRemember(options: readonly Option[], chosen: SessionOptions): SessionOptions {
  return Object.fromEntries(
    options.flatMap(({ name, default: usual }) => {
      const value = chosen[name];
      return value === undefined || value === usual ? [] : [[name, value]];
    }),
  );
}

/** `isOffered`: whether the cluster offers this value of a choice to them. The rest is dropped without a word. */
export function keepValid(
  options: readonly Option[],
  remembered: SessionOptions,
  isOffered: (option: Option, value: string | number | boolean) => boolean,
): SessionOptions {
  const kept: Record<string, string | number | boolean> = {};
  const values: Record<string, string | number | boolean> = {};
  for (const option of options) {
    if (!isAsked(option, values)) continue;
    const value = Object.hasOwn(remembered, option.name) ? remembered[option.name] : undefined;
    const isValid = value !== undefined && checkValue(option, value) === null && isOffered(option, value);
    if (isValid) kept[option.name] = value;
    values[option.name] = isValid ? value : option.default;
  }
  return kept;
}
