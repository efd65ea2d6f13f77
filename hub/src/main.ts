/** `node hub/src/main.ts VERB`: reads argv, hands over to the verb, and turns what it throws into words and an exit code. */
import { CommanderError } from "commander";
import { createProgram } from "./commands/program.ts";
import { wantsTrace } from "./config/environment.ts";
import { ConfigError } from "./config/problems.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  else if (error instanceof ConfigError) fail(error.message, EXIT_USAGE);
  else fail(error instanceof Error ? (wantsTrace() ? (error.stack ?? error.message) : error.message) : String(error), EXIT_FAILED);
}

function fail(message: string, code: number): void {
  process.stderr.write(`fairway: ${message}\n`);
  process.exitCode = code;
}
