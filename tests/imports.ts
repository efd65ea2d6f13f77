/**
 * Which file of ours imports what: read from the text of import lines, resolved to paths in the
 * repository. It knows nothing of what is allowed; that is `fences.ts`.
 */
import { posix } from "node:path";

/** Text by path relative to the repository, with forward slashes. */
export type SourceFiles = ReadonlyMap<string, string>;

/** `to` is a path of ours (`hub/src/main.ts`), a built-in (`node:fs`) or a package (`zod`, `@x/y`). */
export interface Import {
  readonly from: string;
  readonly to: string;
}

const STATIC = /^[ \t]*(?:import|export)\b(?:[^;'"`]*?\bfrom)?\s*["']([^"'\n]+)["']/gm;
const DYNAMIC = /\bimport\(\s*["']([^"'\n]+)["']\s*\)/g;

export function readImports(files: SourceFiles): readonly Import[] {
  return [...files].flatMap(([from, text]) =>
    [STATIC, DYNAMIC].flatMap((pattern) => [...text.matchAll(pattern)].map((match) => ({ from, to: resolveImport(from, match[1] ?? "") }))),
  );
}

function resolveImport(from: string, specifier: string): string {
  if (specifier.startsWith(".")) return posix.join(posix.dirname(from), specifier);
  const ours = /^@fairway\/([a-z-]+)(?:\/(.+))?$/.exec(specifier);
  if (ours !== null) return `${ours[1]}/src/${ours[2] ?? "index.ts"}`;
  if (specifier.startsWith("node:")) return specifier;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** The cycles among our own files, each as the files on it in order of import; one for each knot. */
export function findCycles(imports: readonly Import[]): readonly (readonly string[])[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
  const finished = new Set<string>();
  const cycles: string[][] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      cycles.push(path.slice(start));
      return;
    }
    if (finished.has(file)) return;
    for (const to of next.get(file) ?? []) visit(to, [...path, file]);
    finished.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return cycles;
}
