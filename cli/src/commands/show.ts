/** `fairway show`: everything about one session. */
import type { AlternativeList } from "@fairway/contract/launching.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import type { Command } from "commander";
import { type CommonOptions, connect, printJson } from "../cli.ts";
import type { Client } from "../client.ts";
import { CliFailure } from "../failure.ts";
import { pickSession } from "../pick-session.ts";
import { addCommand } from "../program.ts";
import { describeAlternatives, type Fact, toFacts } from "../session-words.ts";
import { createPaint, type Terminal, toLine } from "../terminal.ts";

export function addShow(program: Command, terminal: Terminal): void {
  addCommand(program, "show [session]", "Why a session waits, or how it ended", [
    "fairway show",
    "fairway show k3x9qa2mw4tz --json",
  ]).action(async (wanted: string | undefined, options: CommonOptions) => {
    const client = connect(terminal, options);
    const session = await pickSession(client, wanted, { lastEnded: true });
    const { alternatives } = await findAlternatives(client, session);
    if (options.json === true) return printJson(terminal, { session, alternatives });
    const others = describeAlternatives(alternatives);
    const facts: Fact[] = [...toFacts(session, client.now())];
    if (others.length > 0) facts.push(["Would start now", [...others, `fairway start-instead ${session.id} --take 1`].join("\n")]);
    if (session.state !== "ended") facts.push(["Address", client.urlOf(session.openUrl)]);
    terminal.stdout.write(format(session, facts, terminal));
  });
}

/** Only for what waits; none when it cannot be told, which is no reason to show nothing. */
async function findAlternatives(client: Client, { id, state }: Session): Promise<ReturnType<typeof AlternativeList.parse>> {
  const none = { alternatives: [], asOf: null };
  if (state !== "pending") return none;
  try {
    return await client.call("alternatives", { params: { id } });
  } catch (error) {
    if (error instanceof CliFailure) return none;
    throw error;
  }
}

function format(session: Session, facts: readonly Fact[], { stdout, env }: Terminal): string {
  const paint = createPaint(stdout, env);
  const title = `${session.profile?.title ?? session.app.title}${session.name === "" ? "" : `, "${session.name}"`}`;
  const width = Math.max(...facts.map(([label]) => label.length)) + 2;
  const lines = facts.flatMap(([label, text]) =>
    text.split("\n").map((line, index) => `${paint("quiet", (index === 0 ? label : "").padEnd(width))}${toLine(line)}`),
  );
  const head = [`${session.id}  ${toLine(title)}`, `${paint(session.tone, session.label)}: ${toLine(session.line)}`];
  return `${[...head, "", ...lines].join("\n")}\n`;
}
