/** Compute nodes that reach the hub through an HTTP proxy alone: enrolment and tunnel go by CONNECT. */
import { afterAll, beforeAll, test } from "vitest";
import { type Fixture, startSite } from "./fixture.ts";
import { walkWholeWay } from "./reach.ts";

let site: Fixture;

beforeAll(async () => {
  site = await startSite("reach-proxy", 18_118, { shape: { network: "proxied" } });
});
afterAll(async () => site?.end());

test("sign in, launch, HTTP, log, files, stop: by a tunnel through the proxy", async () => {
  await walkWholeWay(site, { profile: "noop", cluster: "testbed", route: "tunnel" });
});
