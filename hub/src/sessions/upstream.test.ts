import { expect, test } from "vitest";
import { Cluster } from "../clusters/cluster.ts";
import type { ClusterConfig } from "../config/load.ts";
import { deriveSessionKeys } from "./session-keys.ts";
import { MemoryCluster } from "./testing/memory-cluster.ts";
import { READY, SESSION_ID, sampleRow } from "./testing/rows.ts";
import { toUpstream } from "./upstream.ts";

const masterKey = Buffer.alloc(32, 1);
const context = { masterKey, runtimeDir: "/run/fairway" };
const { pin, secret } = deriveSessionKeys(masterKey, SESSION_ID, 0);
const cluster = (changes: Partial<ClusterConfig> = {}) => new MemoryCluster(() => 0, changes).cluster;
const job = { id: "7", state: "RUNNING", pendingReason: null, node: "c1", submittedAt: 1, startedAt: 1, endsAt: null, restarts: 0 };

function behindLoginNode(changes: Partial<ClusterConfig> = {}): Cluster {
  const { name, config, scheduler, transport } = cluster(changes);
  const nothing = async () => {};
  const forwards = {
    pathOf: (id: string) => `/run/fairway/forwards/${id}.sock`,
    ensure: async (id: string) => id,
    remove: nothing,
    keepOnly: nothing,
    tryReach: async () => ({ ok: true, ms: 1 }) as const,
  };
  return new Cluster(name, config, scheduler, { ...transport, forwards });
}

test("with a pin: where the job says, and only its key opens it", () => {
  const row = sampleRow({ ...READY, host: "c1.cluster.example", job });
  const where = { kind: "tcp", host: "c1.cluster.example", port: 20_001 };
  expect(toUpstream(row, cluster(), context)).toEqual({ where, pin, node: "c1", secret });
});

test("without a pin: where the cluster says the job is, whatever the job claims; nowhere until it has said so", () => {
  const unpinned = cluster({ pinned_tls: false });
  const claimed = { ...READY, host: "database.internal" };
  expect(toUpstream(sampleRow({ ...claimed, job }), unpinned, context)).toMatchObject({ where: { host: "c1" }, pin: null });
  expect(toUpstream(sampleRow(claimed), unpinned, context)).toBeNull();
});

test("local jobs are on this machine, whatever they claim", () => {
  const local = cluster({ scheduler: "local", act_as: "service" });
  for (const route of [null, "direct", "tunnel"] as const)
    expect(toUpstream(sampleRow({ ...READY, host: "elsewhere", job, route }), local, context)).toMatchObject({
      where: { kind: "tcp", host: "127.0.0.1" },
      node: "127.0.0.1",
    });
});

test("the key of the run that enrolled; nothing before one has", () => {
  const requeued = sampleRow({ ...READY, enrolledRestarts: 2 });
  expect(toUpstream(requeued, cluster(), context)?.pin).toBe(deriveSessionKeys(masterKey, SESSION_ID, 2).pin);
  expect(toUpstream(sampleRow({ state: "starting", host: "c1", port: 1 }), cluster(), context)).toBeNull();
});

test("through the login node: a Unix socket of ours, and the same key behind it", () => {
  const row = sampleRow({ ...READY, route: "ssh", job });
  const where = { kind: "unix", path: `/run/fairway/forwards/${SESSION_ID}.sock` };
  expect(toUpstream(row, behindLoginNode(), context)).toMatchObject({ where, pin, secret });
  expect(toUpstream(row, cluster(), context)).toBeNull();
});

test("through the login node without a pin: not before the cluster has named the node", () => {
  const unpinned = behindLoginNode({ pinned_tls: false });
  expect(toUpstream(sampleRow({ ...READY, route: "ssh" }), unpinned, context)).toBeNull();
  expect(toUpstream(sampleRow({ ...READY, route: "ssh", job }), unpinned, context)).toMatchObject({ pin: null });
});

test("through its tunnel: the door's socket; pinned where the app listens on a port in its job", () => {
  const where = { kind: "unix", path: `/run/fairway/tunnels/${SESSION_ID}.sock` };
  expect(toUpstream(sampleRow({ ...READY, route: "tunnel", port: null }), cluster(), context)).toMatchObject({ where, pin: null });
  expect(toUpstream(sampleRow({ ...READY, route: "tunnel" }), cluster(), context)).toMatchObject({ where, pin });
});
