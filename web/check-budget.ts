/**
 * Fails when the built portal breaks a promise: the first view's size, what its index may hold, and
 * that schemas stay on the server. Run after every build.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const dist = join(import.meta.dirname, "dist");
const BUDGET_BYTES = { js: 180_000, css: 20_000 };

interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}

/** What a browser loads before it shows the first page: the entry and all that it imports at once. */
function firstViewFiles(manifest: Readonly<Record<string, Chunk>>): { js: string[]; css: string[] } {
  const seen = new Set<string>();
  const visit = (key: string) => {
    if (seen.has(key)) return;
    seen.add(key);
    for (const next of manifest[key]?.imports ?? []) visit(next);
  };
  for (const [key, chunk] of Object.entries(manifest)) if (chunk.isEntry === true) visit(key);
  const chunks = [...seen].flatMap((key) => manifest[key] ?? []);
  return { js: chunks.map(({ file }) => file), css: [...new Set(chunks.flatMap(({ css }) => css ?? []))] };
}

function sizeOf(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file)), { level: 9 }).length, 0);
}

function checkIndex(index: string): string[] {
  const faults: string[] = [];
  if (index.split("%NONCE%").length !== 2) faults.push("index.html must hold %NONCE% exactly once");
  if (!index.includes('<meta name="fairway-base" content="%BASE%"')) faults.push("index.html must tell the portal its base URL");
  if (/<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/i.test(index)) faults.push("index.html holds an inline script or style");
  if (/(?:src|href)="(?!%BASE%)/.test(index)) faults.push("index.html holds an address that is not below the base URL");
  return faults;
}

/** A schema library, an address elsewhere or code made from text has no place in what the browser runs. */
function checkScripts(): string[] {
  const FORBIDDEN = [
    [/ZodError|_zod\b/, "the schema library"],
    [/\beval\(|new Function\(/, "code made from text, which the content security policy refuses"],
    [/@import|url\(["']?https?:/, "a request to another site"],
  ] as const;
  return readdirSync(join(dist, "static"))
    .filter((name) => /\.(?:js|css)$/.test(name))
    .flatMap((name) => {
      const text = readFileSync(join(dist, "static", name), "utf8");
      return FORBIDDEN.flatMap(([pattern, what]) => (pattern.test(text) ? [`static/${name} holds ${what}`] : []));
    });
}

const manifest = JSON.parse(readFileSync(join(dist, "build-manifest.json"), "utf8")) as Record<string, Chunk>;
const first = firstViewFiles(manifest);
const sizes = { js: sizeOf(first.js), css: sizeOf(first.css) };
const faults = [...checkIndex(readFileSync(join(dist, "index.html"), "utf8")), ...checkScripts()];
for (const kind of ["js", "css"] as const) {
  console.log(`first view ${kind}: ${sizes[kind]} bytes gzipped, of ${BUDGET_BYTES[kind]}`);
  if (sizes[kind] === 0) faults.push(`no ${kind} found in the first view: the manifest is not as expected`);
  if (sizes[kind] > BUDGET_BYTES[kind])
    faults.push(`the first view's ${kind} is ${sizes[kind] - BUDGET_BYTES[kind]} bytes over its budget`);
}
for (const fault of faults) console.error(`fault: ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
