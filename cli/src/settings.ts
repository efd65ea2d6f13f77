/** `--set option=value`: a value gets the type that its option has; the hub checks the bounds. */
import type { Profile } from "@fairway/contract/profiles.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import type { Client } from "./client.ts";
import { CliFailure, EXIT } from "./failure.ts";

export type Settings = Session["options"];

/** @throws CliFailure (not found), with what there is. */
export async function findProfile(client: Client, name: string): Promise<Profile> {
  const { profiles } = await client.call("profiles");
  const profile = profiles.find((candidate) => candidate.name === name);
  if (profile !== undefined) return profile;
  throw new CliFailure(EXIT.notFound, `There is no profile "${name}".`, {
    next: `You can launch: ${profiles.map((one) => one.name).join(", ") || "nothing"}.`,
  });
}

/** @throws CliFailure (usage) for what is no option of the profile. */
export function parseSettings(profile: Profile, settings: readonly string[]): Settings {
  return Object.fromEntries(settings.map((setting) => parseSetting(profile, setting)));
}

function parseSetting(profile: Profile, setting: string): [string, string | number] {
  const [, name = "", value = ""] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
  const option = profile.options.find((candidate) => candidate.name === name);
  if (option === undefined) {
    const known = profile.options.map((one) => one.name).join(", ");
    throw new CliFailure(EXIT.usage, `"${setting}" sets no option of the profile ${profile.name}.`, {
      next: known === "" ? "This profile has no options." : `Its options are: ${known}. Write --set ${profile.options[0]?.name}=VALUE.`,
    });
  }
  if (option.kind === "choice") return [name, option.choices.find((choice) => String(choice.value) === value)?.value ?? value];
  if (option.kind !== "number") return [name, value];
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number)) throw new CliFailure(EXIT.usage, `${name} takes a number, not "${value}".`);
  return [name, number];
}

/** As they are typed: the way to have the same again. */
export function formatSettings(settings: Settings): string {
  return Object.entries(settings)
    .map(
      ([name, value]) => `--set ${name}=${/^[\w./:@%+,-]*$/.test(String(value)) ? value : `'${String(value).replaceAll("'", "'\\''")}'`}`,
    )
    .join(" ");
}
