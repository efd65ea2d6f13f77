/**
 * One Fairway, three clusters at once: Slurm 24.11, Slurm 22.05 with its own commands and munge, and local
 * processes. Each goes on whatever becomes of the others.
 */

import type { Cluster } from "@fairway/contract/accounts.ts";
import type { Profile } from "@fairway/contract/profiles.ts";
import { downTestbed, type Testbed, upTestbed } from "@fairway/testbed/index.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Fixture, type Person, startSite, until } from "./fixture.ts";

const CALLBACK_PORT = 8443;
const CLUSTERS = ["testbed", "elder", "here"] as const;

let site: Fixture;
let elder: Testbed;
let alice: Person;

beforeAll(async () => {
  await downTestbed("elder");
  await downTestbed("clusters");
  const main = await upTestbed({ name: "clusters", computeNodes: 1 });
  elder = await upTestbed({ name: "elder", slurm: "22.05", computeNodes: 1, hub: false, homeOf: "clusters" });
  const joined = await main.join("elder");
  site = await startSite("clusters", 18_112, {
    testbed: main,
    launchers: [{ cluster: "elder", binDir: joined.binDir, slurmConf: joined.slurmConf }],
    clusters: {
      elder: {
        title: "Elder",
        scheduler: "slurm",
        act_as: "sudo",
        launcher: "/usr/libexec/fairway/launcher-elder",
        // Both clusters have a node called c1: only addresses tell them apart.
        node_address: "ip",
        slurm: { bin_dir: joined.binDir, conf: joined.slurmConf },
        callback_url: `https://${joined.hubAddress}:${CALLBACK_PORT}`,
        command_timeout: "5s",
      },
      here: { title: "Here", scheduler: "local", act_as: "service", callback_url: "http://127.0.0.1:8000", callback_ca: "system" },
    },
    config: { profiles: CLUSTERS.map((cluster) => ({ name: cluster, title: cluster, app: "noop", cluster })) },
  });
  alice = await site.person("alice");
});
afterAll(async () => {
  await elder?.down();
  await site?.end();
});

const clusterNamed = async (name: string) =>
  (await alice.json<{ clusters: Cluster[] }>("/api/v1/clusters")).clusters.find((cluster) => cluster.name === name);

async function launchOn(cluster: string, name: string): Promise<string> {
  const { id } = await alice.launch({ profile: cluster, name });
  return id;
}

test("sessions on all three at once, each answering below its own address", async () => {
  const ids = await Promise.all(CLUSTERS.map((cluster) => launchOn(cluster, cluster)));
  for (const [index, id] of ids.entries()) {
    const session = await alice.waitFor(id, ["ready"]);
    expect(session.cluster.name).toBe(CLUSTERS[index]);
    expect((await alice.api(`/user/alice/${CLUSTERS[index]}/`)).status).toBe(200);
  }
  // The same job number on two clusters is two jobs.
  const [first, second] = await Promise.all([alice.session(ids[0] ?? ""), alice.session(ids[1] ?? "")]);
  expect(first.job?.id).toBe(second.job?.id);
  expect((await clusterNamed("testbed"))?.version).toMatch(/^24\.11/);
  expect((await clusterNamed("elder"))?.version).toMatch(/^22\.05/);
  for (const id of ids) await alice.stop(id);
});

test("the log of a session is read from wherever it ran", async () => {
  for (const cluster of CLUSTERS) {
    const id = await launchOn(cluster, "log");
    await alice.waitFor(id, ["ready"]);
    expect((await alice.json<{ text: string }>(`/api/v1/sessions/${id}/log`)).text).toContain("starting noop");
    await alice.stop(id);
  }
});

test("a cluster that is away: its sessions stay as they were, its profiles say why, and the others go on", async () => {
  const away = await launchOn("elder", "away");
  await alice.waitFor(away, ["ready"]);
  await elder.fault("stop", "slurmctld");
  await until("elder to be away", 60_000, async () => (await clusterNamed("elder"))?.awaySince != null);
  expect((await clusterNamed("testbed"))?.awaySince).toBeNull();

  const { profiles } = await alice.json<{ profiles: Profile[] }>("/api/v1/profiles");
  const refusals = new Map(profiles.map(({ name, refusal }) => [name, refusal]));
  expect(refusals.get("elder")).toContain("Elder");
  expect([refusals.get("testbed"), refusals.get("here")]).toEqual([null, null]);

  for (const cluster of ["testbed", "here"] as const) {
    const id = await launchOn(cluster, "meanwhile");
    await alice.waitFor(id, ["ready"]);
    await alice.stop(id);
  }
  expect((await alice.session(away)).state).toBe("ready");
  expect((await alice.api("/user/alice/away/")).status).toBe(200);

  await elder.fault("start", "slurmctld");
  await until("elder to be back", 90_000, async () => (await clusterNamed("elder"))?.awaySince === null);
  expect((await alice.session(away)).state).toBe("ready");
  await alice.stop(away);
});
