/** Profiles as an administrator writes them, for tests. */
import { type ProfileConfig, parseConfig } from "../../config/load.ts";
import { SAMPLE_CONFIG } from "./memory-cluster.ts";

/** The sample's configuration with these profiles behind its own, and more at its top level (YAML takes JSON). */
export function withProfiles(entries: readonly object[], more: object = {}): string {
  const lines = entries.map(
    (entry, index) => `  - ${JSON.stringify({ name: `tested${index}`, title: "Tested", app: "noop", cluster: "main", ...entry })}\n`,
  );
  const top = Object.entries(more).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  return `${SAMPLE_CONFIG}${lines.join("")}${top.join("")}`;
}

export function sampleProfile(entry: object): ProfileConfig {
  const found = parseConfig(withProfiles([entry])).profiles.at(-1);
  if (found === undefined) throw new Error("no profile");
  return found;
}
