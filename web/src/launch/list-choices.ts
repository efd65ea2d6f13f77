/** A choice's entries in a list. A browser shows the first entry for a value that is in none: the form's own value always has one. Pure. */
import type { ProfileOption } from "@fairway/contract/profiles.ts";

interface ListEntry {
  readonly value: string;
  readonly label: string;
  readonly disabled: boolean;
}

export function toListEntries({ choices }: Pick<Extract<ProfileOption, { kind: "choice" }>, "choices">, value: string): ListEntry[] {
  const offered = choices.map(({ value: choice, label, refusal }) => ({
    value: String(choice),
    label: refusal === null ? label : `${label} (${refusal})`,
    disabled: refusal !== null,
  }));
  if (offered.some((entry) => entry.value === value)) return offered;
  return [{ value, label: value === "" ? "Nothing chosen" : `${value} (no longer offered)`, disabled: true }, ...offered];
}
