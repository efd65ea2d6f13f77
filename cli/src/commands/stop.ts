/** `fairway stop`: ends sessions. */
import type { Session } from "@fairway/contract/sessions.ts";
import type { Command } from "commander";
import { type CommonOptions, connect, printJson } from "../cli.ts";
import type { Client } from "../client.ts";
import { pickSession } from "../pick-session.ts";
import { addCommand } from "../program.ts";
import { createProgress, describe } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import { watchSession } from "../watch-session.ts";

interface StopOptions extends CommonOptions {
  readonly wait?: boolean;
}

export function addStop(program: Command, terminal: Terminal): void {
  addCommand(program, "stop [session...]", "Stop sessions", ["fairway stop", "fairway stop second k3x9qa2mw4tz --wait"])
    .option("--wait", "wait until they have ended")
    .action(async (wanted: readonly string[], options: StopOptions) => {
      const client = connect(terminal, options);
      // All names are understood before anything is stopped.
      const picked = await Promise.all((wanted.length === 0 ? [undefined] : wanted).map((one) => pickSession(client, one)));
      const stopped: Session[] = [];
      for (const { id } of new Map(picked.map((session) => [session.id, session])).values()) {
        const answered = await client.call("stop", { params: { id } });
        stopped.push(options.wait === true ? await waitUntilEnded(terminal, client, answered) : answered);
      }
      if (options.json === true) return printJson(terminal, { sessions: stopped });
      for (const session of stopped) terminal.stderr.write(`${session.id}  ${describe(session, terminal.now())}\n`);
    });
}

async function waitUntilEnded(terminal: Terminal, client: Client, session: Session): Promise<Session> {
  const progress = createProgress(terminal, { hasSteps: false });
  let last = session;
  try {
    for await (last of watchSession(client, session.id, terminal.signal)) progress.show(last);
    return last;
  } finally {
    progress.close();
  }
}
