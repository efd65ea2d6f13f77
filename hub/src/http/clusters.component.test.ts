/** What clusters offer, and a person's folders there, over HTTP. */
import { ClusterOffer, FileList } from "@fairway/contract/clusters.ts";
import { AppError } from "@fairway/contract/errors.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { entitlementsOf } from "../clusters/entitlements.ts";
import { toOffer } from "../clusters/offer-view.ts";
import { samplePresent, sampleRules } from "../clusters/testing/sample-facts.ts";
import type { OfferService } from "../clusters/types.ts";
import { MemoryCluster } from "../sessions/testing/memory-cluster.ts";
import { startHub, type TestHub } from "./testing/hub.ts";

const cluster = new MemoryCluster(Date.now).cluster;
const asked: { user: string; path: string }[] = [];
const offers: OfferService = {
  clusters: () => [cluster.view()],
  async offer(actor, name) {
    if (name !== "main") throw new AppError("not_found", `There is no cluster "${name}" here.`);
    const entitled = entitlementsOf(sampleRules(), { user: actor.user, groups: null });
    return { cluster: cluster.view(), ...toOffer(entitled, samplePresent()), rulesAsOf: 1, freeAsOf: 2 };
  },
  async files(actor, _name, path) {
    asked.push({ user: actor.user, path });
    const entry = { name: "a\u00e9 b.ipynb", kind: "file", sizeBytes: 1, modifiedAt: 0 } as const;
    return { path: "/home/alice", parent: "/home", entries: [entry], isCut: false };
  },
};

let hub: TestHub;
beforeEach(async () => {
  hub = await startHub({ offers });
});
afterEach(() => hub.stop());

test("an offer is each person's own, in the contract's shape", async () => {
  for (const user of ["alice", "bob"]) {
    const answer = await hub.ask("GET", "/api/v1/clusters/main", { headers: await hub.signIn(user) });
    const { accounts, partitions } = ClusterOffer.parse(answer.json);
    expect([answer.status, accounts.length, partitions.length]).toEqual([200, user === "bob" ? 2 : 1, 3]);
  }
});

test("a folder's path travels whole, and its names come back as they are", async () => {
  const path = "/home/alice/a b/ü?&x=1";
  const query = new URLSearchParams({ path }).toString();
  const answer = await hub.ask("GET", `/api/v1/clusters/main/files?${query}`, { headers: await hub.signIn("alice") });
  expect(FileList.parse(answer.json).entries[0]?.name).toBe("a\u00e9 b.ipynb");
  expect(asked.at(-1)).toEqual({ user: "alice", path });
});

test("a cluster that is not there is 404, a query that is not known 422, nobody is 401", async () => {
  const headers = await hub.signIn("alice");
  expect((await hub.ask("GET", "/api/v1/clusters/other", { headers })).status).toBe(404);
  expect((await hub.ask("GET", "/api/v1/clusters/main/files?user=bob", { headers })).status).toBe(422);
  expect((await hub.ask("GET", "/api/v1/clusters/main")).status).toBe(401);
  expect((await hub.ask("GET", "/api/v1/clusters/main/files")).status).toBe(401);
});

test("a token for looking at clusters does not open files", async () => {
  const headers = await hub.signIn("alice");
  const made = await hub.ask("POST", "/api/v1/tokens", { headers, body: { note: "t", scopes: ["read:hub"] } });
  const authorization = { authorization: `Bearer ${String(made.json?.token)}` };
  expect((await hub.ask("GET", "/api/v1/clusters/main", { headers: authorization })).status).toBe(200);
  expect((await hub.ask("GET", "/api/v1/clusters/main/files", { headers: authorization })).status).toBe(403);
});
