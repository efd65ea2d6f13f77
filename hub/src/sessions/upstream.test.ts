import { expect, test } from "vitest";
import type { ClusterConfig } from "../config/load.ts";
import { deriveSessionKeys } from "./session-keys.ts";
import { MemoryCluster } from "./testing/memory-cluster.ts";
import { READY, SESSION_ID, sampleRow } from "./testing/rows.ts";
import { toUpstream } from "./upstream.ts";

const masterKey = Buffer.alloc(32, 1);
const { pin, secret } = deriveSessionKeys(masterKey, SESSION_ID, 0);
const cluster = (changes: Partial<ClusterConfig> = {}) => new MemoryCluster(() => 0, changes).cluster;
const job = { id: "7", state: "RUNNING", pendingReason: null, node: "c1", submittedAt: 1, startedAt: 1, endsAt: null, restarts: 0 };

test("with a pin: where the job says, and only its key opens it", () => {
  const row = sampleRow({ ...READY, host: "c1.cluster.example", job });
  expect(toUpstream(row, cluster(), masterKey)).toEqual({ host: "c1.cluster.example", port: 20_001, pin, node: "c1", secret });
});

test("without a pin: where the cluster says the job is, whatever the job claims; nowhere until it has said so", () => {
  const unpinned = cluster({ pinned_tls: false });
  expect(toUpstream(sampleRow({ ...READY, host: "database.internal", job }), unpinned, masterKey)).toMatchObject({ host: "c1", pin: null });
  expect(toUpstream(sampleRow({ ...READY, host: "database.internal" }), unpinned, masterKey)).toBeNull();
});

test("local jobs are on this machine, whatever they claim", () => {
  const local = cluster({ scheduler: "local", act_as: "service" });
  expect(toUpstream(sampleRow({ ...READY, host: "elsewhere", job }), local, masterKey)).toMatchObject({
    host: "127.0.0.1",
    node: "127.0.0.1",
  });
});

test("the key of the run that enrolled; nothing before one has", () => {
  const requeued = sampleRow({ ...READY, enrolledRestarts: 2 });
  expect(toUpstream(requeued, cluster(), masterKey)?.pin).toBe(deriveSessionKeys(masterKey, SESSION_ID, 2).pin);
  expect(toUpstream(sampleRow({ state: "starting", host: "c1", port: 1 }), cluster(), masterKey)).toBeNull();
});
