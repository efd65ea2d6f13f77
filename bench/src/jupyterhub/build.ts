// Gets stock JupyterHub once: JupyterHub and batchspawner from PyPI, its proxy from npm, into the
// testbed's cache, named by a hash of what it is made from. It starts nothing.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { mustRun } from "@fairway/testbed/command.ts";
import { readPaths } from "@fairway/testbed/index.ts";
import { withLock } from "@fairway/testbed/lock.ts";
import { ensureRoots } from "@fairway/testbed/roots.ts";
import type { BenchContext } from "../cluster.ts";

const PREFIX = "bench-jupyterhub-";
const peer = join(import.meta.dirname, "../../peers/jupyterhub");

/** @returns the folder that the nodes must have at /home/jupyterhub-peer. @throws when a registry does not give it. */
export async function ensureJupyterHub({ say, signal }: BenchContext): Promise<string> {
  const paths = readPaths(process.env);
  const { root } = await ensureRoots(paths, "24.11", say, signal);
  const lab = join(paths.recipes, "jupyter.txt");
  const recipe = ["build.sh", "requirements.txt", "proxy/package-lock.json"].map((file) => join(peer, file));
  const done = join(paths.cache, PREFIX + (await hashOf([...recipe, lab], basename(root))));
  const make = async () => {
    if (existsSync(done)) return done;
    for (const old of await readdir(paths.cache))
      if (old.startsWith(PREFIX)) await rm(join(paths.cache, old), { recursive: true, force: true });
    const partial = `${done}.partial`;
    await mkdir(partial);
    const isolated = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    await mustRun([...isolated, "sh", join(peer, "build.sh"), root, partial, peer, lab, "npm"], { onLine: say, signal });
    await rename(partial, done);
    return done;
  };
  return withLock("bench-jupyterhub", () => say("another process is getting JupyterHub, waiting"), make, signal);
}

async function hashOf(files: readonly string[], word: string): Promise<string> {
  const hash = createHash("sha256").update(word);
  for (const file of files) hash.update("\0").update(await readFile(file));
  return hash.digest("hex").slice(0, 12);
}
