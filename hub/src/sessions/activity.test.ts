/** What is known of an app by the traffic that the edges tell of. A Jupyter server's own word: time-left.component.test.ts. */
import { expect, test } from "vitest";
import { type ActivityOptions, askActivity } from "./activity.ts";
import type { App } from "./apps.ts";
import { MemoryCluster } from "./testing/memory-cluster.ts";
import { READY, sampleRow, T0 } from "./testing/rows.ts";

const MINUTE = 60_000;
const app: App = {
  ...{ name: "noop", title: "No-op", icon: null, probePath: "", activity: "traffic" },
  ...{ secretHeader: "x", secretFormat: "{secret}", startTimeoutMs: MINUTE },
};
const optionsAt = (now: number, startedAt: number): ActivityOptions => ({
  ...{ now: () => now, startedAt, apps: new Map([["noop", app]]) },
  clusters: new Map([["main", new MemoryCluster(() => now).cluster]]),
  asker: { ask: () => Promise.reject(new Error("nobody asks it")) },
});
const ask = (now: number, startedAt: number) =>
  askActivity(sampleRow({ ...READY, app: "noop", lastActivityAt: T0 }), optionsAt(now, startedAt), new AbortController().signal);

test("a hub that has just come back knows nothing of the traffic that passed without it", async () => {
  expect(await ask(T0 + 90 * MINUTE, T0 + 89.5 * MINUTE)).toEqual({ kind: "unknown" });
});

test("later it knows what the edges have had time to tell", async () => {
  expect(await ask(T0 + 90 * MINUTE, T0)).toEqual({ kind: "last", at: T0, knownUntil: T0 + 89 * MINUTE });
});
