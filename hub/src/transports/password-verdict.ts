/** Reads the launcher's answer to `check-password`. */
import type { ExecResult } from "./types.ts";

/**
 * True: right; false: wrong, or nobody this machine lets in. The launcher says so in words, since sudo's
 * own refusals share its exit codes.
 * @throws Error when the password could not be checked: never to be taken for "wrong".
 */
export function readPasswordVerdict(result: ExecResult): boolean {
  if (result.exitCode === 0 && result.stdout.trim() === "right") return true;
  if (result.exitCode === 1 && result.stdout.trim() === "wrong") return false;
  if (/^sudo: unknown user/m.test(result.stderr)) return false;
  // The launcher's own refusal: too low a uid, not in an allowed group.
  if (/^fairway launcher: (uid \d+ is below|not in an allowed group)/m.test(result.stderr)) return false;
  const words = result.stderr.trim().split("\n").at(-1) ?? "";
  throw new Error(`the password could not be checked (exit code ${result.exitCode}): ${words || "no word of why"}`);
}

/** sudo may not become this person for us; or, if it may become nobody at all, its rule is missing. */
export function isRefusedBySudo(result: ExecResult): boolean {
  return result.exitCode === 1 && /^sudo: a password is required/m.test(result.stderr);
}
