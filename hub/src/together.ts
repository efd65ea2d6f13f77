/** Loops that live and die together. */

/** Runs all until `signal` aborts. When one of them fails the others are ended, too: half of them must not go on unseen. */
export async function runTogether(signal: AbortSignal, loops: readonly ((signal: AbortSignal) => Promise<void>)[]): Promise<void> {
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  const running = loops.map((run) =>
    run(either).catch((error: unknown) => {
      ending.abort(error);
      throw error;
    }),
  );
  const failed = (await Promise.allSettled(running)).find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
