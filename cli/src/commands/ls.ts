/** `fairway ls`: my sessions. */
import { formatDuration } from "@fairway/contract/describe-session.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import type { Command } from "commander";
import { type CommonOptions, connect, printJson } from "../cli.ts";
import { addCommand } from "../program.ts";
import { type Column, createPaint, formatTable, type Terminal } from "../terminal.ts";

interface ListOptions extends CommonOptions {
  readonly all?: boolean;
}

export function addList(program: Command, terminal: Terminal): void {
  addCommand(program, "ls", "List your sessions", ["fairway ls", "fairway ls --all --json"])
    .option("--all", "those that have ended, too")
    .action(async (options: ListOptions) => {
      const client = connect(terminal, options);
      const list = await client.call("listSessions", { query: { show: options.all === true ? "all" : "open", limit: "200" } });
      if (options.json === true) return printJson(terminal, list);
      if (list.sessions.length === 0) {
        terminal.stderr.write(options.all === true ? "No sessions yet.\n" : "No open sessions. Start one with `fairway launch PROFILE`.\n");
        return;
      }
      terminal.stdout.write(formatTable(columns(list.now), list.sessions, createPaint(terminal.stdout, terminal.env)));
    });
}

function columns(now: number): readonly Column<Session>[] {
  return [
    { title: "ID", text: ({ id }) => id },
    { title: "NAME", text: ({ name }) => name || "(default)" },
    { title: "PROFILE", text: ({ profile, app }) => profile?.title ?? app.title },
    { title: "STATE", text: ({ label }) => label, tone: ({ tone }) => tone },
    { title: "CLUSTER", text: ({ cluster }) => cluster.title },
    { title: "JOB", text: ({ job }) => job?.id ?? "" },
    { title: "NODE", text: ({ job }) => job?.node ?? "" },
    { title: "LEFT", text: (session) => timeLeft(session, now) },
    { title: "WHY", text: why },
  ];
}

function timeLeft({ state, job }: Session, now: number): string {
  const isRunning = state === "starting" || state === "ready" || state === "unreachable";
  return !isRunning || job?.endsAt == null ? "" : formatDuration(Math.max(0, job.endsAt - now) / 1000);
}

/** Nothing for what goes well: a column that always speaks is not read. */
function why({ state, line, job }: Session): string {
  if (state === "ready" || state === "starting") return "";
  const code = job?.pendingReason;
  return code == null || state === "ended" ? line : `${line} (${code})`;
}
