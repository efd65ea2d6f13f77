/** The repository as files: what git tracks or would track, and their text. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Paths relative to the repository that match; what git ignores is not among them. */
export function listFiles(pattern: RegExp): readonly string[] {
  const listed = execFileSync("git", ["-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  // A file that was deleted but not yet committed is still listed.
  return [...new Set(listed.split("\0"))].filter((path) => pattern.test(path) && existsSync(`${ROOT}/${path}`)).sort();
}

export function readText(path: string): string {
  return readFileSync(`${ROOT}/${path}`, "utf8");
}

export function readFiles(pattern: RegExp): ReadonlyMap<string, string> {
  return new Map(listFiles(pattern).map((path) => [path, readText(path)]));
}
