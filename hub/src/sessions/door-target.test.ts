import { expect, test } from "vitest";
import { Cluster } from "../clusters/cluster.ts";
import { toDoorTarget } from "./door-target.ts";
import { deriveSshKeys } from "./session-keys.ts";
import { MemoryCluster } from "./testing/memory-cluster.ts";
import { READY, SESSION_ID, sampleRow } from "./testing/rows.ts";

const context = { masterKey: Buffer.alloc(32, 1), runtimeDir: "/run/fairway" };
const { cluster } = new MemoryCluster(() => 0);
const row = (changes: Parameters<typeof sampleRow>[0]) => sampleRow({ ...READY, sshdPort: 20_009, ...changes });

test("the sshd of the job, by the route of its session, with the keys of that run", () => {
  const keys = deriveSshKeys(context.masterKey, SESSION_ID, 3);
  expect(toDoorTarget(row({ enrolledRestarts: 3 }), cluster, context)).toEqual({
    preamble: "",
    upstream: { kind: "tcp", host: "c1", port: 20_009, pin: null },
    account: "alice",
    hostKey: keys.host.publicKey,
    privateKey: keys.door.privateKey,
  });
  expect(keys.door.publicKey).not.toBe(keys.tunnel.publicKey);
  const path = `/run/fairway/tunnels/${SESSION_ID}-ssh.sock`;
  expect(toDoorTarget(row({ route: "tunnel" }), cluster, context)?.upstream).toEqual({ kind: "unix", path, pin: null });
});

test("none while it has said of none, nor through a login node that this site has no longer", () => {
  expect(toDoorTarget(row({ sshdPort: null }), cluster, context)).toBeNull();
  expect(toDoorTarget(row({ route: "ssh" }), cluster, context)).toBeNull();
});

test("without pinned keys only the cluster's word for the node leads anywhere", () => {
  const { name, config, scheduler, transport } = cluster;
  const unpinned = new Cluster(name, { ...config, pinned_tls: false }, scheduler, transport);
  expect(toDoorTarget(row({ host: "database.internal" }), unpinned, context)).toBeNull();
});
