/** Fairway on the head node itself: sessions are reached directly. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Fixture, startSite } from "./fixture.ts";
import { endAll, findTraces, walkWholeWay } from "./reach.ts";

let site: Fixture;

beforeAll(async () => {
  site = await startSite("reach-head", 18_114, { shape: { hubOn: "head" } });
});
afterAll(async () => site?.end());

test("sign in, launch, HTTP, log, files, stop", async () => {
  await walkWholeWay(site, { profile: "noop", cluster: "testbed", route: "direct" });
  const alice = await site.person("alice");
  const ids = await endAll(alice);
  await expect.poll(() => findTraces(site.testbed, ids), { timeout: 60_000, interval: 1000 }).toEqual([]);
});
