/** `fairway profiles`: what I can launch, and with which options. */
import type { Profile, ProfileOption } from "@fairway/contract/profiles.ts";
import type { Command } from "commander";
import { type CommonOptions, connect, printJson } from "../cli.ts";
import { addCommand } from "../program.ts";
import { type Column, createPaint, formatTable, type Terminal } from "../terminal.ts";

const COLUMNS: readonly Column<Profile>[] = [
  { title: "PROFILE", text: ({ name }) => name },
  { title: "TITLE", text: ({ title }) => title },
  { title: "CLUSTER", text: ({ cluster }) => (cluster.awaySince === null ? cluster.title : `${cluster.title} (does not answer)`) },
  { title: "RESOURCES", text: ({ summary }) => summary },
  { title: "OPTIONS", text: ({ options }) => options.map(describeOption).join(" ") },
];

export function addProfiles(program: Command, terminal: Terminal): void {
  addCommand(program, "profiles", "List what you can launch", ["fairway profiles", "fairway profiles --json"]).action(
    async (options: CommonOptions) => {
      const list = await connect(terminal, options).call("profiles");
      if (options.json === true) return printJson(terminal, list);
      terminal.stdout.write(formatTable(COLUMNS, list.profiles, createPaint(terminal.stdout, terminal.env)));
    },
  );
}

/** As it may be typed after --set: `cores=1..16`, `gpu=a100|v100`, `folder=TEXT`. */
function describeOption(option: ProfileOption): string {
  switch (option.kind) {
    case "number":
      return `${option.name}=${option.min}..${option.max}`;
    case "choice":
      return `${option.name}=${option.choices.map(({ value }) => value).join("|")}`;
    case "file":
      return `${option.name}=${option.picks.toUpperCase()}`;
    case "text":
      return `${option.name}=TEXT`;
  }
}
