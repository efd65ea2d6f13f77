/**
 * The launch form's state and rules, without any page: what is typed, whether it is within the
 * profile's bounds, what it adds up to, and its address. The server checks all of it again.
 */
import type { Profile, ProfileOption } from "@fairway/contract/profiles.ts";
import { isReservedSessionName } from "@fairway/contract/reserved-names.ts";
import type { OptionValues } from "../api/types.ts";

/** What is in each field, as typed. */
export interface LaunchDraft {
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
  /** What to open in it, below its own address; "" is its first page. */
  readonly open: string;
}

export type FieldErrors = Readonly<Record<string, string>>;
export type Query = Readonly<Record<string, string | undefined>>;

/** In the address and among the errors, the session's name goes by this; options have no such name. */
export const NAME_FIELD = "session-name";
/** As in nbgitpuller's links. */
const OPEN_FIELD = "next";

/** The draft that an address describes; what it does not say is as it was last time, else the profile's default. */
export function toDraft(profile: Profile, query: Query, defaultName: string): LaunchDraft {
  const values = profile.options.map((option) => [option.name, query[option.name] ?? toInitial(profile, option)]);
  return { name: query[NAME_FIELD] ?? defaultName, values: Object.fromEntries(values), open: (query[OPEN_FIELD] ?? "").replace(/^\//, "") };
}

function toInitial({ remembered }: Profile, option: ProfileOption): string {
  return String(remembered[option.name] ?? option.default);
}

/** The address of a draft: only what differs from the form as this person finds it. */
export function toQuery(profile: Profile, draft: LaunchDraft, defaultName: string): Record<string, string> {
  const changed = profile.options.flatMap((option) => {
    const value = draft.values[option.name] ?? "";
    return value === toInitial(profile, option) ? [] : [[option.name, value]];
  });
  return { ...Object.fromEntries(changed), ...(draft.name === defaultName ? {} : { [NAME_FIELD]: draft.name }), ...toOpenQuery(draft) };
}

/** An address for others: it says every option, because they are remembered other choices. The name is each one's own. */
export function toSharedQuery(profile: Profile, draft: LaunchDraft): Record<string, string> {
  const asked = profile.options.filter((option) => isAsked(profile, option, draft.values));
  return { ...Object.fromEntries(asked.map(({ name }) => [name, draft.values[name] ?? ""])), ...toOpenQuery(draft) };
}

function toOpenQuery({ open }: LaunchDraft): Record<string, string> {
  return open === "" ? {} : { [OPEN_FIELD]: open };
}

/** The same draft with the profile's own defaults. */
export function toReset(profile: Profile, draft: LaunchDraft): LaunchDraft {
  return { ...draft, values: Object.fromEntries(profile.options.map(({ name, default: value }) => [name, String(value)])) };
}

/** The same draft with these options, as the hub suggests them; one that is not told keeps its value. */
export function toFilled(draft: LaunchDraft, options: OptionValues): LaunchDraft {
  const values = Object.entries(options).map(([name, value]) => [name, String(value)]);
  return { ...draft, values: { ...draft.values, ...Object.fromEntries(values) } };
}

/** Whether an option counts: it has no condition, or the option it depends on counts and has one of the values. */
export function isAsked(profile: Profile, { when }: ProfileOption, values: LaunchDraft["values"]): boolean {
  if (when === null) return true;
  const other = profile.options.find(({ name }) => name === when.option);
  if (other === undefined || !isAsked(profile, other, values)) return false;
  const value = values[when.option] ?? "";
  return when.is.some((wanted) => String(wanted) === value || (other.kind === "number" && value !== "" && Number(value) === wanted));
}

export type Checked =
  | {
      readonly ok: true;
      readonly request: {
        readonly profile: string;
        readonly name: string;
        readonly options: Record<string, string | number>;
        open: string;
      };
    }
  | { readonly ok: false; readonly errors: FieldErrors };

/** Every field that is asked against its bounds: the request to send, or what is wrong with which field. */
export function checkDraft(profile: Profile, draft: LaunchDraft): Checked {
  const options: Record<string, string | number> = {};
  const errors: Record<string, string> = {};
  for (const option of profile.options) {
    if (!isAsked(profile, option, draft.values) || isWithoutChoice(option)) continue;
    const checked = checkOption(option, draft.values[option.name] ?? "");
    if ("error" in checked) errors[option.name] = checked.error;
    else options[option.name] = checked.value;
  }
  const nameError = checkName(draft.name);
  if (nameError !== null) errors[NAME_FIELD] = nameError;
  if (Object.keys(errors).length > 0) return { ok: false, errors };
  return { ok: true, request: { profile: profile.name, name: draft.name, options, open: draft.open } };
}

/** The cluster offers nothing to choose from: then nothing is set. */
export function isWithoutChoice(option: ProfileOption): boolean {
  return option.kind === "choice" && option.choices.length === 0;
}

type CheckedOption = { readonly value: string | number } | { readonly error: string };

function checkOption(option: ProfileOption, text: string): CheckedOption {
  switch (option.kind) {
    case "number":
      return checkNumber(option, text.trim());
    case "choice": {
      const choice = option.choices.find(({ value }) => String(value) === text);
      if (choice === undefined) return { error: "This is no longer offered. Choose another." };
      return choice.refusal === null ? { value: choice.value } : { error: choice.refusal };
    }
    case "file":
      return { value: text.trim() };
    case "text":
      if (text === "" && option.default === "") return { value: text };
      if (text.length > option.maxLength) return { error: `At most ${option.maxLength} characters.` };
      return matchesPattern(option.pattern, text) ? { value: text } : { error: "This has characters or a form that are not allowed here." };
  }
}

function checkNumber(option: Extract<ProfileOption, { kind: "number" }>, text: string): CheckedOption {
  const value = Number(text);
  if (text === "" || !Number.isFinite(value)) return { error: `A number is needed, ${toBounds(option)}.` };
  if (value < option.min || value > option.max) return { error: `Only ${toBounds(option)} are allowed.` };
  const steps = (value - option.min) / option.step;
  if (Math.abs(steps - Math.round(steps)) > 1e-9) return { error: `Only steps of ${option.step} from ${option.min} are allowed.` };
  return { value };
}

/** "1 to 16 cores" */
export function toBounds(option: Extract<ProfileOption, { kind: "number" }>): string {
  return `${option.min} to ${option.max}${option.unit === null ? "" : ` ${option.unit}`}`;
}

/** A pattern that this browser cannot read is left to the server. */
function matchesPattern(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`, "u").test(text);
  } catch {
    return true; // not a JavaScript pattern: the server, which owns it, decides
  }
}

/** The rule of the contract's `SessionName`, whose schema stays on the server. */
function checkName(name: string): string | null {
  if (isReservedSessionName(name)) return "A page of Jupyter's own has this name. Choose another.";
  if (/^$|^[a-z](?:-?[a-z0-9])*$/.test(name) && name.length <= 30) return null;
  return "Up to 30 characters: a-z, 0-9 and single hyphens, beginning with a letter.";
}

/** "" while the main session's place is free; else the profile's name, numbered if taken too. */
export function suggestName(profile: string, taken: readonly string[]): string {
  if (!taken.includes("")) return "";
  const stem = profile
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 26)
    .replace(/-$/, "");
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? stem : `${stem}-${number}`;
    if (!taken.includes(name) && !isReservedSessionName(name)) return name;
  }
}

/** The server's complaints by field: paths come as `cpus`, `options.cpus` or `name`. */
export function toFieldErrors(profile: Profile, fields: readonly { readonly path: string; readonly message: string }[]): FieldErrors {
  const known = new Set(profile.options.map(({ name }) => name));
  return Object.fromEntries(
    fields.flatMap(({ path, message }) => {
      const field = toField(path, known);
      return field === null ? [] : [[field, message]];
    }),
  );
}

/** Complaints that belong to no field of the form. */
export function toOtherProblems(
  profile: Profile,
  fields: readonly { readonly path: string; readonly message: string }[],
): readonly string[] {
  const known = new Set(profile.options.map(({ name }) => name));
  return fields.flatMap(({ path, message }) => (toField(path, known) === null ? [message] : []));
}

function toField(path: string, known: ReadonlySet<string>): string | null {
  if (path === "name") return NAME_FIELD;
  const name = path.split(/[./]/).at(-1) ?? "";
  return known.has(name) ? name : null;
}
