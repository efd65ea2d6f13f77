/**
 * A log as the page holds it: blocks of lines, of which only the last still grows, so that ten
 * thousand lines cost no more to add to than ten. Pure.
 */
export interface LogBlock {
  readonly firstLine: number;
  readonly text: string;
}

export interface LogText {
  readonly blocks: readonly LogBlock[];
  /** The beginning is no longer held: the whole is larger than a page should hold. */
  readonly isCut: boolean;
}

export const EMPTY_LOG: LogText = { blocks: [], isCut: false };

const LINES_PER_BLOCK = 200;
const KEEP_CHARACTERS = 3_000_000;

export function appendText(log: LogText, text: string, keepCharacters = KEEP_CHARACTERS): LogText {
  if (text === "") return log;
  const open = log.blocks.at(-1) ?? { firstLine: 0, text: "" };
  const blocks = [...log.blocks.slice(0, -1), ...toBlocks(open.firstLine, open.text + text)];
  let length = blocks.reduce((sum, block) => sum + block.text.length, 0);
  let first = 0;
  while (length > keepCharacters && first < blocks.length - 1) {
    length -= blocks[first]?.text.length ?? 0;
    first += 1;
  }
  return { blocks: blocks.slice(first), isCut: log.isCut || first > 0 };
}

export function joinText({ blocks }: LogText): string {
  return blocks.map(({ text }) => text).join("");
}

function toBlocks(firstLine: number, text: string): LogBlock[] {
  const lines = text.split("\n");
  const blocks: LogBlock[] = [];
  for (let start = 0; start < lines.length; start += LINES_PER_BLOCK) {
    const isLast = start + LINES_PER_BLOCK >= lines.length;
    const part = lines.slice(start, start + LINES_PER_BLOCK).join("\n");
    blocks.push({ firstLine: firstLine + start, text: isLast ? part : `${part}\n` });
  }
  return blocks;
}

/** What a terminal would show of it in the end: no colour codes, and of a progress bar its last word. */
export function toPlainText(text: string): string {
  const plain = text.includes("\x1b") ? text.replace(/\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])/g, "") : text;
  return plain.includes("\r") ? plain.split("\n").map(toLastWord).join("\n") : plain;
}

function toLastWord(line: string): string {
  if (!line.includes("\r")) return line;
  return line.split("\r").findLast((word) => word !== "") ?? "";
}
