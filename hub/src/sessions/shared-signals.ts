/** One listener on a signal for all who wait with it: a thousand of their own would be searched at each end of a wait. */
export class SharedSignals {
  readonly #callbacks = new WeakMap<AbortSignal, Set<() => void>>();

  /** Calls back when it aborts. @returns the way to end that. */
  onAbort(signal: AbortSignal, callback: () => void): () => void {
    let callbacks = this.#callbacks.get(signal);
    if (callbacks === undefined) {
      const added = new Set<() => void>();
      const onAbort = () => {
        for (const each of added) each();
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#callbacks.set(signal, added);
      callbacks = added;
    }
    const own = callbacks.add(callback);
    return () => own.delete(callback);
  }
}
