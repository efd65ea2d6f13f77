/** Two sockets made one: bytes, back-pressure, half-closes and ends pass through; nothing is parsed. */
import type { Duplex } from "node:stream";

export interface Splice {
  readonly onTraffic: (chunk: Buffer) => void;
  readonly onClose: () => void;
  /** How long the pair may be silent once one side has ended; and how long the last bytes may take. */
  readonly halfOpenMs: number;
}

export function splice(client: Duplex, upstream: Duplex, { onTraffic, onClose, halfOpenMs }: Splice): void {
  let timer: NodeJS.Timeout | null = null;
  let open = 2;
  const destroyBoth = () => {
    client.destroy();
    upstream.destroy();
  };
  // One side has said its last word; an app that ignores that must not keep the pair for ever.
  const limitSilence = () => {
    if (timer === null) timer = setTimeout(destroyBoth, halfOpenMs);
    else timer.refresh();
  };
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.on("data", (chunk: Buffer) => {
      onTraffic(chunk);
      if (timer !== null) limitSilence();
    });
    from.on("end", limitSilence);
    from.on("error", destroyBoth);
    from.on("close", () => {
      // Without an end before it, this was a reset or a cut: the other side goes at once.
      if (!from.readableEnded) to.destroy();
      else if (!to.destroyed) {
        to.end();
        limitSilence();
      }
      open -= 1;
      if (open > 0) return;
      if (timer !== null) clearTimeout(timer);
      onClose();
    });
    from.pipe(to);
  }
}
