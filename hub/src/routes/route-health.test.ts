/** What is thought of a route from the probes of its sessions; rows in memory. */
import { beforeEach, expect, test, vi } from "vitest";
import type { Cluster } from "../clusters/cluster.ts";
import type { SessionChanged } from "../sessions/changes.ts";
import type { ProbeResult } from "../sessions/probe.ts";
import { MemoryCluster } from "../sessions/testing/memory-cluster.ts";
import { READY, sampleRow, T0 } from "../sessions/testing/rows.ts";
import type { SessionRow } from "../store/schema.ts";
import { RouteHealth } from "./route-health.ts";

const HOUR_MS = 3600_000;
const SILENT = { ok: false, why: "silent", detail: "no answer" } as const satisfies ProbeResult;
const SESSIONS = ["aaaaaaaaaaaa", "bbbbbbbbbbbb"].map((id) => sampleRow({ ...READY, id, state: "unreachable", route: "direct" }));
const ENDED = sampleRow({ ...READY, state: "ended", reason: "start_timeout", route: "direct" });

let now: number;
let cluster: Cluster;
let tell: (change: SessionChanged) => void;
let health: RouteHealth;
const forget = vi.fn(async () => {});
const openOfCluster = vi.fn(async (): Promise<readonly SessionRow[]> => SESSIONS);

beforeEach(() => {
  now = T0;
  vi.clearAllMocks();
  ({ cluster } = new MemoryCluster(() => now));
  const onChange = (listener: typeof tell) => {
    tell = listener;
    return () => {};
  };
  health = new RouteHealth({
    store: { openOfCluster },
    changes: { onChange },
    clusters: new Map([[cluster.name, cluster]]),
    chooser: { forget },
    now: () => now,
    onError: (error) => expect.unreachable(String(error)),
  });
});

function probe(): void {
  for (const row of SESSIONS) health.noteProbe(row, cluster, SILENT);
}

test("a route whose sessions are all silent for a minute is given up", async () => {
  probe();
  now += 61_000;
  probe();
  await expect.poll(() => forget.mock.calls.length).toBeGreaterThan(0);
});

test("what was silent and was not asked again for an hour is not known to have been silent since", async () => {
  probe();
  now += HOUR_MS;
  probe();
  expect(openOfCluster).not.toHaveBeenCalled();
});

test("an app that was not reached in its time to start speaks against its route once, also when a probe ends after it has", () => {
  const starting = { ...ENDED, state: "starting", reason: null } as const;
  health.noteProbe(starting, cluster, SILENT);
  tell({ row: ENDED, from: "starting" });
  expect(forget).toHaveBeenCalledOnce();
  health.noteProbe(starting, cluster, SILENT);
  tell({ row: ENDED, from: "ended" });
  expect(forget).toHaveBeenCalledOnce();
});
