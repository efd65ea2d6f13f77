/**
 * Writes the pages of `docs/` that are made of tables: the contract's, and the command line's own help. A test says when one is out of date.
 *
 *   node script/generate-docs.ts
 */
import { writeFileSync } from "node:fs";
import { buildProgram } from "@fairway/cli/build-program.ts";
import { toFailure } from "@fairway/cli/failure.ts";
import { OPERATOR_VERBS } from "@fairway/cli/operator.ts";
import { END_CAUSE_WORDS, END_CAUSES } from "@fairway/contract/end-causes.ts";
import { AppError, ERRORS, type ErrorCode } from "@fairway/contract/errors.ts";
import { END_REASONS, END_WORDS, SESSION_STATES, STATE_WORDS, STOPPED_BY_STAFF, TRANSITIONS } from "@fairway/contract/states.ts";
import { table } from "./markdown-table.ts";

const GENERATED = "<!-- Written by script/generate-docs.ts; change what it reads, then run it. -->";

/** Pages by their path in the repository. */
export function generateDocs(): ReadonlyMap<string, string> {
  return new Map([
    ["docs/errors.md", page("Errors", errorsIntro, table(["code", "status", "exit code", "title"], errorRows()))],
    [
      "docs/session-states.md",
      page(
        "A session's states",
        statesIntro,
        table(["state", "people read", "may go on to"], stateRows()),
        endsIntro,
        table(["reason", "people read", "line", "next"], endRows()),
        causesIntro,
        table(["cause", "line", "next"], causeRows()),
      ),
    ],
    ["docs/command-line.md", page("The command line", commandsIntro, ...commandHelp())],
  ]);
}

const commandsIntro = `\`script/fairway\` from a checkout, \`fairway\` where it is installed. Results go to standard output,
everything else to standard error; \`--json\` prints the API's own answer. A token is taken from
\`fairway login\`, \`FAIRWAY_TOKEN\` or standard input, never from the command line. Waiting can be
interrupted at any time: the session goes on. The operator's verbs (${OPERATOR_VERBS.map((verb) => `\`${verb}\``).join(", ")}) are the hub's.`;

/** The help of each command as people see it. */
function commandHelp(): readonly string[] {
  const { env, stdin, stdout, stderr } = process;
  const program = buildProgram({ env, stdin, stdout, stderr, signal: new AbortController().signal, now: Date.now });
  const commands = program.commands.flatMap((command) => (command.commands.length > 0 ? command.commands : [command]));
  return [program, ...commands].flatMap((command) => {
    let help = "";
    const take = (text: string): void => {
      help += text;
    };
    command.configureOutput({ writeOut: take, getOutHelpWidth: () => 100, getOutHasColors: () => false }).outputHelp();
    const name = [command.parent === program || command.parent === null ? "" : command.parent.name(), command.name()].join(" ").trim();
    return [`## ${command === program ? "fairway" : `fairway ${name}`}`, `\`\`\`text\n${help.trimEnd()}\n\`\`\``];
  });
}

const errorsIntro = `Every error that Fairway answers with has one of these codes, and a code never changes its meaning.
On HTTP it is \`application/problem+json\` (RFC 9457): \`code\`, \`status\`, \`title\`, \`detail\` (what and
why), often \`next\` (what to do now) and \`fields\` (which field of the request was wrong). The exit
code is the command line's.`;

const statesIntro = `The states of a session, what people read for each, and which may follow. The portal, the command
line, the status pages and this page read one table.`;

const endsIntro = `Why a session ended, and what people are told. \`{…}\` is filled in from the session.`;

const causesIntro = `When it ended badly, the log's last lines, Slurm's own words and the exit code are searched for the
likely cause. What was found stands in the place of the line above; the last lines of the log are shown beside it.`;

function errorRows(): readonly (readonly string[])[] {
  return (Object.keys(ERRORS) as ErrorCode[]).map((code) => {
    const { status, title } = ERRORS[code];
    return [`\`${code}\``, String(status), String(toFailure(new AppError(code, title).toProblem()).exitCode), title];
  });
}

function stateRows(): readonly (readonly string[])[] {
  return SESSION_STATES.map((state) => [
    `\`${state}\``,
    STATE_WORDS[state].label,
    TRANSITIONS[state].map((next) => `\`${next}\``).join(" ") || "nothing",
  ]);
}

function endRows(): readonly (readonly string[])[] {
  const row = (reason: string, { label, line, next }: typeof STOPPED_BY_STAFF) => [reason, label, line, next];
  return END_REASONS.flatMap((reason) => [
    row(`\`${reason}\``, END_WORDS[reason]),
    ...(reason === "cancelled" ? [row(`\`${reason}\` by an administrator`, STOPPED_BY_STAFF)] : []),
  ]);
}

function causeRows(): readonly (readonly string[])[] {
  return END_CAUSES.map((cause) => [`\`${cause}\``, END_CAUSE_WORDS[cause].line, END_CAUSE_WORDS[cause].next ?? ""]);
}

function page(title: string, ...parts: readonly string[]): string {
  return [`# ${title}`, GENERATED, ...parts].join("\n\n").concat("\n");
}

if (import.meta.main) {
  for (const [path, text] of generateDocs()) writeFileSync(new URL(`../${path}`, import.meta.url), text);
}
