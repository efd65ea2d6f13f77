/** Which route a run takes: on a real database, with real listeners and a login node in memory. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Cluster } from "../clusters/cluster.ts";
import type { ClusterConfig } from "../config/load.ts";
import { MemoryCluster } from "../sessions/testing/memory-cluster.ts";
import { MemoryForwards } from "../sessions/testing/memory-forwards.ts";
import { sampleRow } from "../sessions/testing/rows.ts";
import type { Store } from "../store/index.ts";
import { openTemporaryStore } from "../store/testing/sample.ts";
import { RouteChooser } from "./choose-route.ts";

const DAY_MS = 86_400_000;
const NOWHERE = "no-such-node.invalid";
let store: Store;
let remove: () => Promise<void>;
let folder: string;
let forwards: MemoryForwards;
let notes: { note: string; route: string; detail: string }[];
let now: number;
let server: Server;
let open: number;

beforeEach(async () => {
  ({ store, remove } = await openTemporaryStore());
  folder = mkdtempSync(join(tmpdir(), "fairway-forwards-"));
  forwards = new MemoryForwards(folder);
  notes = [];
  now = 1_700_000_000_000;
  server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  open = typeof address === "object" && address !== null ? address.port : 0;
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await remove();
  rmSync(folder, { recursive: true, force: true });
});

const chooser = (hasDoor = true) =>
  new RouteChooser({
    store: store.routes,
    hasDoor,
    now: () => now,
    onNote: (note, { route, detail }) => notes.push({ note, route, detail }),
  });
const cluster = (changes: Partial<ClusterConfig> = {}, hasLogin = true): Cluster =>
  new MemoryCluster(() => now, changes, "user", hasLogin ? forwards : null).cluster;
const job = { id: "7", state: "RUNNING", pendingReason: null, node: "127.0.0.1", submittedAt: 1, startedAt: 1, endsAt: null, restarts: 0 };
const row = (partition: string | null = null) => sampleRow({ job, resources: { ...sampleRow().resources, partition } });
const claim = (changes: { host?: string; port?: number; hasSsh?: boolean } = {}) => ({
  host: "127.0.0.1",
  port: open,
  hasSsh: true,
  ...changes,
});

describe("what a trial finds", () => {
  test("direct where the node answers, be it by a refusal: nothing listens yet", async () => {
    expect(await chooser().choose(row(), cluster(), claim())).toEqual({ route: "direct", detail: null });
    await new Promise((resolve) => server.close(resolve));
    expect(await chooser().choose(row("other"), cluster(), claim())).toEqual({ route: "direct", detail: null });
    server = createServer();
  });

  test("through the login node where the node is not reached from here; a tunnel where it is not from there either", async () => {
    expect(await chooser().choose(row(), cluster(), claim({ host: NOWHERE }))).toEqual({ route: "ssh", detail: null });
    forwards.reach = { ok: false, detail: "administratively prohibited" };
    expect(await chooser().choose(row("other"), cluster(), claim({ host: NOWHERE }))).toEqual({ route: "tunnel", detail: null });
    expect(await store.routes.all()).toMatchObject([
      {
        cluster: "main",
        partition: "",
        route: "ssh",
        detail: expect.stringMatching(/direct: its name is not known here; ssh: through in 5 ms/),
      },
      { partition: "other", route: "tunnel", detail: expect.stringContaining("administratively prohibited") },
    ]);
    expect(notes.map(({ route }) => route)).toEqual(["ssh", "tunnel"]);
  });

  test("nothing: what was tried is told, what may come to work is taken, and the next one tries anew", async () => {
    forwards.reach = { ok: false, detail: "the login node does not answer" };
    const routes = chooser(false);
    const choice = await routes.choose(row(), cluster(), claim({ host: NOWHERE }));
    expect(choice.route).toBe("ssh");
    expect(choice.detail).toMatch(
      /^No way to its node was found \(direct: .*; ssh: the login node does not answer; tunnel: this site has no door\)\.$/,
    );
    expect(await store.routes.all()).toEqual([]);
    forwards.reach = { ok: true, ms: 3 };
    expect(await routes.choose(row(), cluster(), claim({ host: NOWHERE }))).toEqual({ route: "ssh", detail: null });
    expect(forwards.tries).toBe(2);
  });

  test("a job's word for its node does not lead to this machine, as long as the cluster does not say so", async () => {
    expect((await chooser().choose(sampleRow(), cluster(), claim())).route).toBe("ssh");
    // Perhaps it is on this very machine, once the cluster has told: nothing is decided for others.
    expect(await store.routes.all()).toEqual([]);
    const elsewhere = sampleRow({ job: { ...job, node: "node.invalid" } });
    expect((await chooser().choose(elsewhere, cluster(), claim())).route).toBe("ssh");
  });

  test("forty who enrol at once cause one trial", async () => {
    const routes = chooser();
    const choices = await Promise.all(Array.from({ length: 40 }, () => routes.choose(row(), cluster(), claim({ host: NOWHERE }))));
    expect(new Set(choices.map(({ route }) => route))).toEqual(new Set(["ssh"]));
    expect(forwards.tries).toBe(1);
  });
});

describe("what is remembered", () => {
  test("counts for a day, for its partition", async () => {
    const routes = chooser();
    await routes.choose(row(), cluster(), claim({ host: NOWHERE }));
    now += DAY_MS - 1;
    await routes.choose(row(), cluster(), claim({ host: NOWHERE }));
    expect(forwards.tries).toBe(1);
    await routes.choose(row("gpu"), cluster(), claim({ host: NOWHERE }));
    now += 1;
    await routes.choose(row(), cluster(), claim({ host: NOWHERE }));
    expect(forwards.tries).toBe(3);
  });

  test("is no way for a job that cannot go it", async () => {
    forwards.reach = { ok: false, detail: "no" };
    const routes = chooser();
    expect((await routes.choose(row(), cluster(), claim({ host: NOWHERE }))).route).toBe("tunnel");
    expect((await routes.choose(row(), cluster(), claim({ host: NOWHERE, hasSsh: false }))).route).toBe("ssh");
  });

  test("and broke, is passed over for a while, whatever a trial says of it", async () => {
    const routes = chooser();
    await routes.choose(row(), cluster(), claim());
    await routes.forget(cluster(), "", "direct", "an app listens, and is not reached");
    expect(await store.routes.all()).toEqual([]);
    expect((await routes.choose(row(), cluster(), claim())).route).toBe("ssh");
    expect(notes.at(1)).toMatchObject({ route: "direct", detail: "an app listens, and is not reached" });
    await routes.forget(cluster(), "", "ssh", "too");
    now += 3_600_000;
    expect((await routes.choose(row(), cluster(), claim())).route).toBe("direct");
  });

  test("another route than what broke stays", async () => {
    const routes = chooser();
    await routes.choose(row(), cluster(), claim());
    await routes.forget(cluster(), "", "ssh", "an old session's");
    expect(await store.routes.all()).toMatchObject([{ route: "direct" }]);
  });
});

describe("nothing is tried", () => {
  test.each(["direct", "ssh", "tunnel"] as const)("where the site has fixed %s, and that is not forgotten", async (route) => {
    const routes = chooser();
    const fixed = cluster({ route });
    expect(await routes.choose(row(), fixed, claim({ host: NOWHERE, hasSsh: false }))).toEqual({ route, detail: null });
    await routes.forget(fixed, "", route, "broken");
    expect(await routes.choose(row(), fixed, claim({ host: NOWHERE }))).toEqual({ route, detail: null });
    expect([forwards.tries, notes]).toEqual([0, []]);
  });

  test("where there is but one way: no login node, no door; and for local jobs", async () => {
    expect(await chooser(false).choose(row(), cluster({}, false), claim({ host: NOWHERE }))).toEqual({ route: "direct", detail: null });
    const local = cluster({ scheduler: "local", act_as: "service", route: "tunnel" });
    expect(await chooser().choose(row(), local, claim())).toEqual({ route: "direct", detail: null });
    expect(await store.routes.all()).toEqual([]);
  });
});
