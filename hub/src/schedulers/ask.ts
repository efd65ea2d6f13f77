/** What adapters share: running a command whose failure says nothing about any job. Imports no adapter. */
import { ExecError, type ExecResult } from "../transports/types.ts";
import { SchedulerUnavailable } from "./types.ts";

/** @throws SchedulerUnavailable when the command could not be run to its end. */
export async function askScheduler(run: () => Promise<ExecResult>): Promise<ExecResult> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof ExecError) throw new SchedulerUnavailable(cause.message, { cause });
    throw cause;
  }
}

/** As askScheduler, for a command that must succeed; returns its stdout. */
export async function mustAskScheduler(run: () => Promise<ExecResult>): Promise<string> {
  const result = await askScheduler(run);
  if (result.exitCode !== 0) throw new SchedulerUnavailable(toSentence(result));
  return result.stdout;
}

/** The program's own words in one line; its prefixes and noise stay for the log of the operator. */
export function toSentence(result: ExecResult): string {
  const lines = result.stderr.split("\n").map((line) => line.trim());
  const words = lines
    .filter((line) => line !== "" && !/^(real|user|sys)\s/.test(line))
    .map((line) => line.replace(/^\w+: (error|fatal): /, ""));
  return words.at(-1)?.slice(0, 500) ?? `exit code ${result.exitCode}, without a word`;
}
