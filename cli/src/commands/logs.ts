/** `fairway logs`: what a session's job has written. */
import type { LogChunk } from "@fairway/contract/sessions.ts";
import type { Command } from "commander";
import { type CommonOptions, connect } from "../cli.ts";
import type { Client } from "../client.ts";
import { followLog } from "../follow-log.ts";
import { pickSession } from "../pick-session.ts";
import { addCommand } from "../program.ts";
import type { Terminal } from "../terminal.ts";

interface LogsOptions extends CommonOptions {
  readonly follow?: boolean;
}

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
      const chunks = options.follow === true ? followLog(client, id, terminal.signal) : readLog(client, id, terminal.signal);
      let isEmpty = true;
      for await (const chunk of chunks) {
        isEmpty &&= chunk.text === "";
        terminal.stdout.write(options.json === true ? `${JSON.stringify(chunk)}\n` : chunk.text);
      }
      if (isEmpty && options.json !== true) terminal.stderr.write("There is no log yet: the job has written nothing.\n");
    });
}

/** What is there now, piece by piece. */
async function* readLog(client: Client, id: string, signal: AbortSignal): AsyncGenerator<LogChunk> {
  let offset = 0;
  while (!signal.aborted) {
    const chunk = await client.call("log", { params: { id }, query: { offset: String(offset) } });
    yield chunk;
    if (chunk.nextOffset >= chunk.sizeBytes || chunk.nextOffset <= offset) return;
    offset = chunk.nextOffset;
  }
}
