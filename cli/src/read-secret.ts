/** Asks people: for one line that nobody should see (from a pipe, or from a terminal without echo), or for a yes. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { CliFailure, EXIT } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

/** @throws CliFailure when there is nothing to read. */
export async function readSecret(terminal: Terminal, prompt: string): Promise<string> {
  const read = terminal.stdin.isTTY ? await ask(terminal, prompt) : await text(terminal.stdin);
  const [line = ""] = read.trim().split("\n");
  if (line.trim() === "") throw new CliFailure(EXIT.usage, "No token was given.", { next: "Paste it, pipe it in, or set FAIRWAY_TOKEN." });
  return line.trim();
}

async function ask({ stdin, stderr, signal }: Terminal, prompt: string): Promise<string> {
  stderr.write(prompt);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: silent, terminal: true });
  // Ctrl-C and Ctrl-D: readline takes them for itself in this mode, and closes.
  const closed = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
  try {
    return await Promise.race([lines.question("", { signal }), closed]);
  } finally {
    lines.close();
    stderr.write("\n");
  }
}

/** Only for a terminal. Anything but y or yes, and a closed terminal, is no. */
export async function confirm(
  { stdin, stderr, signal }: Pick<Terminal, "stdin" | "stderr" | "signal">,
  question: string,
): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stderr, terminal: true });
  const closed = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `, { signal }), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
