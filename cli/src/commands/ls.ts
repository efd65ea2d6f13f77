/** `fairway ls`: my sessions, those that are open and those that were. */
import { formatBytes, formatDuration } from "@fairway/contract/describe-session.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import { type Command, InvalidArgumentError } from "commander";
import { type CommonOptions, connect, printJson } from "../cli.ts";
import type { Client } from "../client.ts";
import { addCommand } from "../program.ts";
import { toPercent } from "../session-words.ts";
import { type Column, createPaint, formatTable, type Terminal } from "../terminal.ts";
import { formatMoment } from "../times.ts";

interface ListOptions extends CommonOptions {
  readonly all?: boolean;
  readonly ended?: boolean;
  readonly limit: number;
  readonly before?: string;
}

export function addList(program: Command, terminal: Terminal): void {
  addCommand(program, "ls", "List your sessions", ["fairway ls", "fairway ls --ended --limit 20"])
    .option("--all", "those that have ended, too")
    .option("--ended", "those that have ended, with what they used")
    .option("--limit <count>", "at most so many (1 to 200)", toCount, 200)
    .option("--before <id>", "only those older than this one: the next page")
    .action(async (options: ListOptions) => {
      const client = connect(terminal, options);
      const show = options.ended === true ? "ended" : options.all === true ? "all" : "open";
      const before = options.before === undefined ? {} : { before: await momentOf(client, options.before) };
      const list = await client.call("listSessions", { query: { show, limit: String(options.limit), ...before } });
      if (options.json === true) return printJson(terminal, list);
      if (list.sessions.length === 0) {
        terminal.stderr.write(show === "open" ? "No open sessions. Start one with `fairway launch PROFILE`.\n" : "No sessions yet.\n");
        return;
      }
      const columns = show === "ended" ? endedColumns(list.now) : openColumns(list.now);
      terminal.stdout.write(formatTable(columns, list.sessions, createPaint(terminal.stdout, terminal.env)));
      const last = list.sessions.at(-1);
      const flag = show === "open" ? "" : ` --${show}`;
      if (list.sessions.length >= options.limit && last !== undefined)
        terminal.stderr.write(`Older ones: fairway ls${flag} --limit ${options.limit} --before ${last.id}\n`);
    });
}

function toCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 200) throw new InvalidArgumentError("It is a number from 1 to 200.");
  return count;
}

async function momentOf(client: Client, id: string): Promise<string> {
  return String((await client.call("session", { params: { id } })).createdAt);
}

function openColumns(now: number): readonly Column<Session>[] {
  return [
    ...WHICH,
    { title: "CLUSTER", text: ({ cluster }) => cluster.title },
    { title: "JOB", text: ({ job }) => job?.id ?? "" },
    { title: "NODE", text: ({ job }) => job?.node ?? "" },
    { title: "LEFT", text: (session) => timeLeft(session, now) },
    { title: "WHY", text: why },
  ];
}

function endedColumns(now: number): readonly Column<Session>[] {
  return [
    ...WHICH,
    { title: "ENDED", text: ({ endedAt }) => (endedAt === null ? "" : formatMoment(endedAt, now)) },
    { title: "RAN", text: ({ usage }) => (usage === null ? "" : formatDuration(usage.elapsedSeconds)) },
    { title: "CPU", text: ({ usage }) => toPercent(usage?.cpuFraction ?? null) },
    { title: "MEMORY", text: memoryUsed },
    { title: "GPU", text: ({ usage }) => toPercent(usage?.gpuFraction ?? null) },
    { title: "WHY", text: ({ line, tone }) => (tone === "quiet" ? "" : line) },
  ];
}

const WHICH: readonly Column<Session>[] = [
  { title: "ID", text: ({ id }) => id },
  { title: "NAME", text: ({ name }) => name || "(default)" },
  { title: "PROFILE", text: ({ profile, app }) => profile?.title ?? app.title },
  { title: "STATE", text: ({ label }) => label, tone: ({ tone }) => tone },
];

/** "512 MB (25 %)" */
function memoryUsed({ usage }: Session): string {
  if (usage === null || usage.maxMemoryBytes === null) return "";
  const share = toPercent(usage.memoryFraction);
  return `${formatBytes(Math.ceil(usage.maxMemoryBytes / 2 ** 20) * 2 ** 20)}${share === "" ? "" : ` (${share})`}`;
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
