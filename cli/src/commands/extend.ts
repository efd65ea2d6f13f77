/** `fairway extend` and `fairway keep`: how long a session may go on. */
import { formatDuration } from "@fairway/contract/describe-session.ts";
import type { Command } from "commander";
import { type CommonOptions, connect, printJson } from "../cli.ts";
import { parseSeconds } from "../durations.ts";
import { pickSession } from "../pick-session.ts";
import { addCommand } from "../program.ts";
import type { Terminal } from "../terminal.ts";
import { formatMoment } from "../times.ts";

interface ExtendOptions extends CommonOptions {
  readonly by?: string;
}

export function addExtend(program: Command, terminal: Terminal): void {
  addCommand(program, "extend [session]", "Raise a running session's time limit", ["fairway extend", "fairway extend second --by 1h"])
    .option("--by <time>", "how much longer (30m, 2h); as much as one extension gives unless told")
    .action(async (wanted: string | undefined, options: ExtendOptions) => {
      const seconds = options.by === undefined ? undefined : parseSeconds(options.by);
      const client = connect(terminal, options);
      const { id } = await pickSession(client, wanted);
      const session = await client.call("extend", { params: { id }, body: seconds === undefined ? {} : { seconds } });
      if (options.json === true) return printJson(terminal, session);
      const endsAt = session.job?.endsAt ?? null;
      const now = client.now();
      const left =
        endsAt === null ? "Extended." : `Extended: ${formatDuration((endsAt - now) / 1000)} left, until ${formatMoment(endsAt, now)}.`;
      terminal.stderr.write(`${id}  ${left}\n`);
    });

  addCommand(program, "keep [session]", "Say that you still use an idle session", ["fairway keep", "fairway keep second --json"]).action(
    async (wanted: string | undefined, options: CommonOptions) => {
      const client = connect(terminal, options);
      const { id } = await pickSession(client, wanted);
      const session = await client.call("keep", { params: { id } });
      if (options.json === true) return printJson(terminal, session);
      terminal.stderr.write(`${id}  Kept: its idle time begins anew.\n`);
    },
  );
}
