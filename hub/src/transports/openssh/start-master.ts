/** Starts an ssh master in the background and tells what kept it from coming up. */
import { readFile, rm } from "node:fs/promises";
import { type Exec, ExecError } from "../types.ts";

/** Connecting has its own, shorter limit; this is for a login node that talks on and never lets anybody in. */
const START_TIMEOUT_MS = 30_000;

/**
 * The master's streams end in a file: older ones keep them open in the background, and nobody would see them close.
 * $1: that file.
 */
const SCRIPT = 'words=$1; shift; exec "$@" </dev/null >"$words" 2>&1';

/** @returns null when it is up, else what ssh said */
export async function startMaster(
  exec: Exec,
  argv: readonly [string, ...string[]],
  socket: string,
  signal?: AbortSignal,
): Promise<string | null> {
  const words = `${socket}.log`;
  try {
    const command = { argv: ["/bin/sh", "-c", SCRIPT, "sh", words, ...argv] } as const;
    const { exitCode } = await exec(command, { timeoutMs: START_TIMEOUT_MS, ...(signal && { signal }) });
    return exitCode === 0 ? null : await readWords(words);
  } catch (error) {
    if (error instanceof ExecError) return `${error.failure.replaceAll("_", " ")} ${await readWords(words)}`.trim();
    throw error;
  } finally {
    await rm(words, { force: true });
  }
}

/** ssh tells the cause before the consequence, on lines of their own. */
async function readWords(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.replaceAll("\r", "").trim().split("\n").filter(Boolean).slice(-4).join(", ").slice(-1000);
}
