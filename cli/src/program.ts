/** How every command of the CLI is declared: the same options, and help with two examples. */
import { Command } from "commander";
import about from "../package.json" with { type: "json" };

export function createProgram(operatorVerbs: readonly string[]): Command {
  const program = new Command("fairway")
    .description("Interactive sessions on your cluster, from the command line.")
    .usage("COMMAND [options]")
    .version(about.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .commandsGroup("Sessions:")
    .showHelpAfterError("Run with --help to see how it is used.");
  return program.addHelpText(
    "after",
    [
      `\nFor operators: ${operatorVerbs.join(", ")}; each has its own --help.`,
      "\nExamples:",
      "  fairway login --url https://fairway.example.org/",
      "  fairway launch jupyterlab --set cores=2 --open",
      "\nEnvironment: FAIRWAY_URL, FAIRWAY_TOKEN, FAIRWAY_CA, NO_COLOR.",
      "Exit codes: 0 ok, 1 failed, 2 usage, 3 not signed in, 4 not allowed, 5 not found,",
      "6 cluster away, 7 timed out.",
    ].join("\n"),
  );
}

export function addCommand(
  parent: Command,
  usage: string,
  description: string,
  examples: readonly [string, string],
  jsonHelp = "print JSON for programs",
): Command {
  return parent
    .command(usage)
    .description(description)
    .option("--json", jsonHelp)
    .option("--url <url>", "the site; else FAIRWAY_URL, else where you signed in last")
    .option("--ca <file>", "trust the authority whose certificate is in this PEM file")
    .helpOption("-h, --help", "show this help")
    .addHelpText("after", `\nExamples:\n${examples.map((example) => `  ${example}`).join("\n")}`);
}

/** For an option that may be repeated. */
export function collect(value: string, all: readonly string[] | undefined): readonly string[] {
  return [...(all ?? []), value];
}
