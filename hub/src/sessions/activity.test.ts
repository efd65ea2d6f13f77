/** What is known of an app by the traffic that the edges tell of. A Jupyter server's own word: time-left.component.test.ts. */
import { describe, expect, test } from "vitest";
import { type ActivityOptions, askActivity } from "./activity.ts";
import type { App } from "./apps.ts";
import { MemoryCluster } from "./testing/memory-cluster.ts";
import { READY, sampleRow, T0 } from "./testing/rows.ts";

const MINUTE = 60_000;
const app: App = {
  ...{ name: "noop", title: "No-op", icon: null, probePath: "", activity: "traffic" },
  ...{ secretHeader: "x", secretFormat: "{secret}", startTimeoutMs: MINUTE },
};
const optionsAt = (now: number, startedAt: number, changes: Partial<ActivityOptions> = {}): ActivityOptions => ({
  ...{ now: () => now, startedAt, hasDoor: false, apps: new Map([["noop", app]]) },
  clusters: new Map([["main", new MemoryCluster(() => now).cluster]]),
  asker: { ask: () => Promise.reject(new Error("nobody asks it")) },
  ...changes,
});
const ask = (now: number, startedAt: number) =>
  askActivity(sampleRow({ ...READY, app: "noop", lastActivityAt: T0 }), optionsAt(now, startedAt), new AbortController().signal);

test("a hub that has just come back knows nothing of the traffic that passed without it", async () => {
  expect(await ask(T0 + 90 * MINUTE, T0 + 89.5 * MINUTE)).toEqual({ kind: "unknown" });
});

test("later it knows what the edges have had time to tell", async () => {
  expect(await ask(T0 + 90 * MINUTE, T0)).toEqual({ kind: "last", at: T0, knownUntil: T0 + 89 * MINUTE });
});

describe("a Jupyter server, where people also come by ssh", () => {
  const jupyter: App = { ...app, name: "jupyter", activity: "jupyter" };
  const bodies: Readonly<Record<string, unknown>> = {
    "api/status": { last_activity: new Date(T0).toISOString() },
    "api/kernels": [],
    "api/terminals": [],
  };
  const askJupyter = (now: number, startedAt: number, hasDoor: boolean) => {
    const ask: ActivityOptions["asker"]["ask"] = async (_row, _cluster, path) => {
      return { status: 200, json: bodies[path.split("?", 1)[0] ?? ""], serverTime: now };
    };
    const options = optionsAt(now, startedAt, { hasDoor, asker: { ask }, apps: new Map([["jupyter", jupyter]]) });
    return askActivity(sampleRow({ ...READY, app: "jupyter" }), options, new AbortController().signal);
  };

  test("its own word is not all, until the door has had time to tell", async () => {
    const now = T0 + 90 * MINUTE;
    expect(await askJupyter(now, now - MINUTE / 2, true)).toEqual({ kind: "unknown" });
    expect(await askJupyter(now, T0, true)).toEqual({ kind: "last", at: T0, knownUntil: now - MINUTE });
  });

  test("where there is no door it is", async () => {
    const now = T0 + 90 * MINUTE;
    expect(await askJupyter(now, now, false)).toEqual({ kind: "last", at: T0, knownUntil: now });
  });
});
