/** Text for a person's POSIX shell. For showing alone: Fairway itself starts programs from an argv, never by a shell. */

/** One word, whatever is in it. Plain ones stay as they are. */
export function quoteWord(text: string): string {
  if (/^[A-Za-z0-9_./:,@%+=-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `NAME=value` as an assignment before a command. */
export function quoteAssignment(name: string, value: string): string {
  return `${name}=${value === "" ? "''" : quoteWord(value)}`;
}

/** One command over several lines. */
export function joinLines(words: readonly string[]): string {
  return words.join(" \\\n  ");
}

/** What follows a `#` must stay on its line. */
export function toComment(text: string): string {
  return `# ${text.replaceAll(/\p{Cc}+/gu, " ")}`;
}
