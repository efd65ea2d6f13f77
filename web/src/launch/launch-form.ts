/**
 * The launch form's state and rules, without any page: what is typed, whether it is within the
 * profile's bounds, what it adds up to, and its address. The server checks all of it again.
 */
import type { Profile, ProfileOption } from "@fairway/contract/profiles.ts";
import type { LaunchRequest } from "@fairway/contract/sessions.ts";

/** What is in each field, as typed. */
export interface LaunchDraft {
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
}

export type FieldErrors = Readonly<Record<string, string>>;
export type Query = Readonly<Record<string, string | undefined>>;

/** In the address and among the errors, the session's name goes by this; options have no such name. */
export const NAME_FIELD = "session-name";

/** The draft that an address describes; what it does not say is the profile's default. */
export function toDraft(profile: Profile, query: Query, defaultName: string): LaunchDraft {
  const values = profile.options.map((option) => [option.name, query[option.name] ?? String(option.default)]);
  return { name: query[NAME_FIELD] ?? defaultName, values: Object.fromEntries(values) };
}

/** The address of a draft: only what differs from the defaults, so that a shared link stays short and follows them. */
export function toQuery(profile: Profile, draft: LaunchDraft, defaultName: string): Record<string, string> {
  const changed = profile.options.flatMap((option) => {
    const value = draft.values[option.name] ?? "";
    return value === String(option.default) ? [] : [[option.name, value]];
  });
  return Object.fromEntries(draft.name === defaultName ? changed : [...changed, [NAME_FIELD, draft.name]]);
}

export type Checked =
  | { readonly ok: true; readonly request: LaunchRequest & { options: Record<string, string | number>; name: string } }
  | { readonly ok: false; readonly errors: FieldErrors };

/** Every field against its bounds: the request to send, or what is wrong with which field. */
export function checkDraft(profile: Profile, draft: LaunchDraft): Checked {
  const options: Record<string, string | number> = {};
  const errors: Record<string, string> = {};
  for (const option of profile.options) {
    const checked = checkOption(option, draft.values[option.name] ?? "");
    if ("error" in checked) errors[option.name] = checked.error;
    else options[option.name] = checked.value;
  }
  const nameError = checkName(draft.name);
  if (nameError !== null) errors[NAME_FIELD] = nameError;
  if (Object.keys(errors).length > 0) return { ok: false, errors };
  return { ok: true, request: { profile: profile.name, name: draft.name, options } };
}

type CheckedOption = { readonly value: string | number } | { readonly error: string };

function checkOption(option: ProfileOption, text: string): CheckedOption {
  switch (option.kind) {
    case "number":
      return checkNumber(option, text.trim());
    case "choice": {
      const choice = option.choices.find(({ value }) => String(value) === text);
      return choice === undefined ? { error: "This is no longer offered. Choose another." } : { value: choice.value };
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
    if (!taken.includes(name)) return name;
  }
}

/** The server's complaints by field: paths come as `cpus`, `options.cpus` or `name`. */
export function toFieldErrors(profile: Profile, fields: readonly { readonly path: string; readonly message: string }[]): FieldErrors {
  const known = new Set(profile.options.map(({ name }) => name));
  return Object.fromEntries(
    fields.flatMap(({ path, message }) => {
      const name = path.split(/[./]/).at(-1) ?? "";
      if (path === "name") return [[NAME_FIELD, message]];
      return known.has(name) ? [[name, message]] : [];
    }),
  );
}
