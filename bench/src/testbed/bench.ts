// testbed: how long `testbed up` takes, as a person runs it, once its root file systems are cached.
import { fileURLToPath } from "node:url";
import { mustRun } from "@fairway/testbed/command.ts";
import { downTestbed, readPaths } from "@fairway/testbed/index.ts";
import { ensureRoots } from "@fairway/testbed/roots.ts";
import { alone, type BenchContext, CLUSTER_NAME } from "../cluster.ts";
import type { Report } from "../report.ts";
import { median } from "../statistics.ts";

const command = fileURLToPath(import.meta.resolve("@fairway/testbed/main.ts"));

export async function benchTestbed(context: BenchContext, { rounds }: { readonly rounds: number }): Promise<Report> {
  const { say, signal } = context;
  await ensureRoots(readPaths(process.env), "24.11", say, signal);
  const times: number[] = [];
  await alone(context, async () => {
    for (let round = 1; round <= rounds; round++) {
      const startedAt = performance.now();
      await mustRun([process.execPath, command, "up", "--name", CLUSTER_NAME], { signal });
      const ms = performance.now() - startedAt;
      say(`round ${round} of ${rounds}: up in ${Math.round(ms)} ms`);
      times.push(ms);
      await downTestbed(CLUSTER_NAME);
    }
  });
  return {
    bench: "testbed",
    figures: { up_median_ms: median(times), up_max_ms: Math.max(...times) },
    peers: {},
    targets: { up_median_ms: { op: "<=", value: 5000 } },
    missing: [],
  };
}
