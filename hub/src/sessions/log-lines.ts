/**
 * The end of a job's log as harmless lines: for showing beside the cause of an end, and for finding it.
 * What looks like a secret is left out: these lines are kept in the database, and copied into reports.
 */
const MAX_LINE = 300;
/**
 * No more of a line is looked at. The job's owner writes it, and the patterns below take time that grows with
 * the square of its length: a line of 200 kB would hold up the hub, and everybody, for a minute.
 */
const MOST_LOOKED_AT = 4 * MAX_LINE;
/** CSI, OSC and other escape sequences (ECMA-48), before their parts would pass as text. */
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
const HIDDEN = "[hidden]";

/** Each keeps its first group and loses what follows. */
const SECRETS: readonly RegExp[] = [
  // token=…, "password": "…", SECRET_KEY: … (also inside a URL's query)
  /((?:token|password|passwd|secret|api[_-]?key|access[_-]?key|credential)s?["']?\s*[=:]\s*["']?)[^\s"'&,;]+/gi,
  /(authorization["']?\s*[:=]\s*["']?(?:(?:bearer|basic|token)\s*)?)[^\s"',;]+/gi,
  /(\b(?:bearer|token)\s+)[A-Za-z0-9._~+/-]{16,}=*/gi,
  // https://name:password@host
  /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/gi,
  // Known shapes: our tokens, JSON web tokens, cloud keys; and long hexadecimal ones, longer than a commit's name.
  /()\b(?:fwt_[A-Za-z0-9_-]+|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_.-]+|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20,}|[0-9a-f]{48,})/g,
];

/** Lines without control characters, empty ones left out. A progress bar that drew over itself is what it drew last. */
export function toLogLines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => toLastWord(line).slice(0, MOST_LOOKED_AT))
    .map((line) =>
      cut(
        hideSecrets(
          line
            .replace(ESCAPES, "")
            .replaceAll("\t", "  ")
            .replace(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/gu, ""),
        ),
      ),
    )
    .filter((line) => line.trim() !== "");
}

/** By steps and not by a pattern: "\r" may be all there is in it. */
function toLastWord(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === "\r") end -= 1;
  return line.slice(line.lastIndexOf("\r", end - 1) + 1, end);
}

export function hideSecrets(line: string): string {
  return SECRETS.reduce((text, pattern) => text.replace(pattern, `$1${HIDDEN}`), line);
}

const cut = (line: string) => (line.length <= MAX_LINE ? line : `${line.slice(0, MAX_LINE - 1)}…`);
