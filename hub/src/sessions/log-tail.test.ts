/** The end of a log, whatever its size and however much of it is told at a time. */
import { expect, test } from "vitest";
import type { LogSlice } from "../schedulers/types.ts";
import { readLogTail } from "./log-tail.ts";
import { MemoryCluster } from "./testing/memory-cluster.ts";
import { sampleRow, T0 } from "./testing/rows.ts";

/** What is told at a time by `job-log.ts`, and what is wanted of the end. */
const SLICE = 256 * 1024;
const TAIL = 64 * 1024;
const LINE = 100;

/** Numbered lines, the last of which has no end: so many bytes in all. */
const makeLog = (size: number) =>
  Array.from({ length: Math.ceil(size / LINE) }, (_, index) => `${String(index).padStart(LINE - 1, ".")}\n`)
    .join("")
    .slice(0, size);

async function readTailOf(log: string, sliceBytes: number): Promise<{ tail: string; readings: number }> {
  const { cluster } = new MemoryCluster(() => T0);
  let readings = 0;
  const readLog = async (_actAs: unknown, _user: string, _session: string, offset: number): Promise<LogSlice> => {
    readings += 1;
    const text = log.slice(offset, offset + sliceBytes);
    return { text, nextOffset: offset + text.length, sizeBytes: log.length, exists: true };
  };
  Object.assign(cluster.scheduler, { readLog });
  return { tail: await readLogTail(sampleRow(), cluster, new AbortController().signal), readings };
}

const edges = [0, LINE, TAIL, SLICE, 2 * SLICE, SLICE + TAIL].flatMap((size) => [size - 1, size, size + 1]);
test.each([...edges, 300_000, 5_000_000].filter((size) => size >= 0))(
  "of %d bytes it is the last lines, whole, to the end",
  async (size) => {
    const log = makeLog(size);
    for (const sliceBytes of [SLICE, 1000]) {
      const { tail, readings } = await readTailOf(log, sliceBytes);
      expect(log.endsWith(tail)).toBe(true);
      expect(tail.length).toBeGreaterThanOrEqual(Math.min(size, TAIL - LINE));
      // It begins where a line does.
      const before = log.at(log.length - tail.length - 1);
      if (tail.length < log.length) expect(before).toBe("\n");
      if (sliceBytes === SLICE) expect(readings).toBeLessThanOrEqual(2);
    }
  },
);
