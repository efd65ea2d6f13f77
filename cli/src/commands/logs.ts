/** `fairway logs`: what a session's job has written. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { type CommonOptions, connect } from "../cli.ts";
import { pickSession } from "../pick-session.ts";
import { addCommand } from "../program.ts";
import type { Terminal } from "../terminal.ts";

interface LogsOptions extends CommonOptions {
  readonly follow?: boolean;
}

const FOLLOW_PAUSE_MS = 1000;

export function addLogs(program: Command, terminal: Terminal): void {
  addCommand(
    program,
    "logs [session]",
    "Show a session's log",
    ["fairway logs -f", "fairway logs second --json"],
    "print each piece as one line of JSON",
  )
    .option("-f, --follow", "go on until the log is complete")
    .action(async (wanted: string | undefined, options: LogsOptions) => {
      const client = connect(terminal, options);
      const { id } = await pickSession(client, wanted, { lastEnded: true });
      let offset = 0;
      let isEmpty = true;
      while (!terminal.signal.aborted) {
        const chunk = await client.call("log", { params: { id }, query: { offset: String(offset) } });
        isEmpty &&= chunk.text === "";
        if (options.json === true) terminal.stdout.write(`${JSON.stringify(chunk)}\n`);
        else terminal.stdout.write(chunk.text);
        const isAtEnd = chunk.nextOffset >= chunk.sizeBytes || chunk.nextOffset <= offset;
        offset = Math.max(offset, chunk.nextOffset);
        if (!isAtEnd) continue;
        if (options.follow !== true || chunk.state === "complete") break;
        await sleep(FOLLOW_PAUSE_MS, undefined, { signal: terminal.signal });
      }
      if (isEmpty && options.json !== true) terminal.stderr.write("There is no log yet: the job has written nothing.\n");
    });
}
