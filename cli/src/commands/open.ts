/** `fairway open`: a session's address, and a browser on it where there is one. */
import type { Command } from "commander";
import { type CommonOptions, connect, printJson } from "../cli.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { openBrowser } from "../open-browser.ts";
import { pickSession } from "../pick-session.ts";
import { addCommand } from "../program.ts";
import type { Terminal } from "../terminal.ts";

export function addOpen(program: Command, terminal: Terminal): void {
  addCommand(program, "open [session]", "Print a session's address and open it", ["fairway open", "fairway open second --json"]).action(
    async (wanted: string | undefined, options: CommonOptions) => {
      const client = connect(terminal, options);
      const session = await pickSession(client, wanted);
      if (session.state === "ended") {
        throw new CliFailure(EXIT.failed, `Session ${session.id} has ended. ${session.line}`, { next: session.next ?? "Launch it again." });
      }
      const url = client.urlOf(session.openUrl);
      if (options.json === true) return printJson(terminal, { id: session.id, state: session.state, url });
      terminal.stdout.write(`${url}\n`);
      if (session.state !== "ready") terminal.stderr.write(`It is not ready yet (${session.label}); the page goes on by itself.\n`);
      await openBrowser(terminal, url);
    },
  );
}
