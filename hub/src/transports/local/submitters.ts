/** Finds submissions that are still under way on this machine, whoever started them. */
import { readdir, readFile, stat } from "node:fs/promises";

/**
 * Does a process of ours, or of root (sudo on our behalf), carry `--job-name=NAME` in its argv? Other
 * people's processes do not count: anybody can write anything into an argv of their own.
 * True also when the processes cannot be listed.
 */
export async function hasSubmitter(jobName: string, procDir: string): Promise<boolean> {
  const argument = `--job-name=${jobName}`;
  const trusted = new Set([process.geteuid?.() ?? 0, 0]);
  let entries: string[];
  try {
    entries = await readdir(procDir);
  } catch {
    return true; // cannot be sure
  }
  const pids = entries.filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const found = await Promise.all(pids.map((pid) => hasArgument(`${procDir}/${pid}`, argument, trusted)));
  return found.includes(true);
}

async function hasArgument(dir: string, argument: string, trusted: ReadonlySet<number>): Promise<boolean> {
  try {
    const argv = (await readFile(`${dir}/cmdline`, "utf8")).split("\0");
    return argv.includes(argument) && trusted.has((await stat(dir)).uid);
  } catch (cause) {
    // It has ended meanwhile, or is not ours to see; the `timeout` that guards a submission always is.
    if (isGone(cause)) return false;
    throw cause;
  }
}

function isGone(cause: unknown): boolean {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return code === "ENOENT" || code === "ESRCH" || code === "EACCES" || code === "EPERM";
}
