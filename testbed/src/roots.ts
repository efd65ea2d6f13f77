// The cache of root file systems, one per Debian suite, and of the JupyterLab layer over each.
// An entry is named by a hash of its recipe, made in NAME.partial and renamed when it is whole.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { mustRun } from "./command.ts";
import type { SlurmVersion } from "./layout.ts";
import { withLock } from "./lock.ts";
import type { Paths } from "./paths.ts";
import { findTestbedProcesses } from "./processes.ts";
import { suites } from "./suites.ts";

export type Report = (line: string) => void;

export interface Roots {
  /** The suite's root file system. */
  readonly root: string;
  /** What an overlay's lowerdir needs: the layers over the root first. */
  readonly lower: readonly string[];
}

/** Finds or makes what the nodes of one Slurm version stand on. */
export async function ensureRoots(paths: Paths, version: SlurmVersion, report: Report, signal?: AbortSignal): Promise<Roots> {
  const suite = suites[version];
  const recipe = join(paths.recipes, "root.sh");
  const root = await ensureEntry({
    kind: `${paths.cache}/roots`,
    name: `${suite.suite}-${await hashOf([recipe], suite.packages)}`,
    report,
    signal,
    build: (dir) => [recipe, suite.suite, dir, ...suite.packages],
  });
  if (!suite.jupyter) return { root, lower: [root] };

  const [jupyter, requirements] = [join(paths.recipes, "jupyter.sh"), join(paths.recipes, "jupyter.txt")];
  const layer = await ensureEntry({
    kind: `${paths.cache}/jupyter`,
    name: `${suite.suite}-${await hashOf([jupyter, requirements], [basename(root)])}`,
    report,
    signal,
    build: (dir) => [jupyter, root, dir, requirements],
  });
  return { root, lower: [layer, root] };
}

interface Entry {
  readonly kind: string;
  readonly name: string;
  readonly report: Report;
  readonly signal: AbortSignal | undefined;
  build(dir: string): readonly string[];
}

async function ensureEntry(entry: Entry): Promise<string> {
  const done = join(entry.kind, entry.name);
  if (existsSync(done)) return done;
  const onWait = () => entry.report(`${entry.name}: another process is making it, waiting`);
  const make = async () => {
    if (existsSync(done)) return done;
    const partial = `${done}.partial`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    // The recipe's mounts and processes live in namespaces of their own, which end with it and with us.
    const isolated = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    await mustRun([...isolated, "sh", ...entry.build(partial)], { onLine: entry.report, signal: entry.signal });
    await rename(partial, done);
    await removeOlder(entry, done);
    return done;
  };
  return withLock(entry.name, onWait, make, entry.signal);
}

/** A new recipe's result makes the old one useless, unless a node still stands on it. */
async function removeOlder(entry: Entry, done: string): Promise<void> {
  const suite = entry.name.slice(0, entry.name.indexOf("-") + 1);
  const inits = findTestbedProcesses().filter((found) => found.isInit);
  const inUse = (await Promise.all(inits.map(({ pid }) => readFile(`/proc/${pid}/mountinfo`, "utf8").catch(() => "")))).join("");
  for (const name of await readdir(entry.kind)) {
    const path = join(entry.kind, name);
    if (name.startsWith(suite) && path !== done && !inUse.includes(path)) await rm(path, { recursive: true, force: true });
  }
}

async function hashOf(files: readonly string[], words: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) hash.update(await readFile(file)).update("\0");
  return hash.update(words.join("\0")).digest("hex").slice(0, 12);
}
