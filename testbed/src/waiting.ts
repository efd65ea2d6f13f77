import { setTimeout as sleep } from "node:timers/promises";
import { TestbedError } from "./errors.ts";

/** Asks until the answer is not undefined. Throws TestbedError, naming what was waited for, when the time is over. */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  ask: () => T | undefined | Promise<T | undefined>,
  options: { readonly intervalMs?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new TestbedError(`Waited ${timeoutMs / 1000} s in vain for ${what}.`);
    await sleep(options.intervalMs ?? 10, undefined, { signal: options.signal });
  }
}
