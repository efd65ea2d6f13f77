/**
 * Where the CLI speaks: results on standard output, everything else on standard error. Colour and
 * lines that change in place are for a terminal only.
 */
import type { StateTone } from "@fairway/contract/states.ts";
import type { Env } from "./credentials.ts";

export interface Terminal {
  readonly env: Env;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** This machine's clock; for moments that a site tells there is the client's. */
  readonly now: () => number;
}

export type Paint = (tone: StateTone, text: string) => string;

const CODES: Readonly<Record<StateTone, string>> = { busy: "36", waiting: "33", good: "32", warning: "33", bad: "31", quiet: "2" };

/** Colours for one stream: none when it is no terminal, or NO_COLOR is set (https://no-color.org). */
export function createPaint(stream: NodeJS.WriteStream, env: Env): Paint {
  const isPlain = !stream.isTTY || (env.NO_COLOR ?? "") !== "" || env.TERM === "dumb";
  return (tone, text) => (isPlain ? text : `\u001b[${CODES[tone]}m${text}\u001b[0m`);
}

/** Text that came from elsewhere as one harmless line: no control character reaches the terminal. */
export function toLine(text: string): string {
  return text.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
}

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly tone?: (row: Row) => StateTone;
}

/** Aligned columns, two blanks apart; the last is not padded. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], paint: Paint): string {
  const cells = rows.map((row) => columns.map(({ text }) => toLine(text(row))));
  const widths = columns.map(({ title }, index) => Math.max(title.length, ...cells.map((line) => line[index]?.length ?? 0)));
  const pad = (text: string, index: number): string => (index === columns.length - 1 ? text : text.padEnd((widths[index] ?? 0) + 2));
  const head = columns.map(({ title }, index) => paint("quiet", pad(title, index)));
  const body = rows.map((row, line) =>
    columns.map(({ tone }, index) => {
      const cell = pad(cells[line]?.[index] ?? "", index);
      return tone === undefined ? cell : paint(tone(row), cell);
    }),
  );
  return [head, ...body].map((line) => `${line.join("").trimEnd()}\n`).join("");
}
