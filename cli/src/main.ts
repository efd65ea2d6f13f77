/**
 * `fairway`: the command line. It does what a person's token may do over the API and no more; the
 * operator's verbs are handed to the hub, of which nothing is imported here.
 */
import { CommanderError } from "commander";
import { buildProgram } from "./build-program.ts";
import { CliFailure, EXIT, type ExitCode } from "./failure.ts";
import { becomeHub, isOperatorVerb } from "./operator.ts";
import { createPaint, type Terminal } from "./terminal.ts";

async function run(terminal: Terminal, argv: readonly string[]): Promise<ExitCode> {
  if (isOperatorVerb(argv[0])) return becomeHub(terminal, argv);
  try {
    await buildProgram(terminal).parseAsync(argv, { from: "user" });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage; // It has spoken already.
    if (terminal.signal.aborted && !(error instanceof CliFailure)) return EXIT.interrupted;
    return report(terminal, error, argv.includes("--json"));
  }
}

function report({ stderr, env }: Terminal, error: unknown, isJson: boolean): ExitCode {
  if (!(error instanceof CliFailure)) {
    stderr.write(`fairway: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return EXIT.failed;
  }
  if (isJson) {
    const { exitCode, message, next = null, problem = null } = error;
    stderr.write(`${JSON.stringify({ error: message, next, exitCode, problem })}\n`);
  } else {
    stderr.write(`${createPaint(stderr, env)("bad", "fairway:")} ${error.message}\n${error.next === undefined ? "" : `${error.next}\n`}`);
  }
  return error.exitCode;
}

const stopped = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopped.abort());
// A reader that has had enough (`fairway ls | head`) is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.failed));

const { env, stdin, stdout, stderr } = process;
process.exitCode = await run({ env, stdin, stdout, stderr, signal: stopped.signal, now: () => Date.now() }, process.argv.slice(2));
