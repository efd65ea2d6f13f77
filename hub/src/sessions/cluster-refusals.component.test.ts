/** What a cluster would refuse leaves no trace here, and what nobody can know is let through. */
import { afterEach, expect, test } from "vitest";
import { makePartition, samplePresent, sampleRules } from "../clusters/testing/sample-facts.ts";
import { MemoryInsight } from "./testing/memory-insight.ts";
import { person, Site } from "./testing/site.ts";

const sites = new Set<Site>();
afterEach(async () => {
  for (const site of sites) await site.close();
  sites.clear();
});

async function open() {
  const site = await Site.open();
  sites.add(site);
  const insight = new MemoryInsight(sampleRules(), samplePresent());
  site.cluster.insight = insight;
  return { site, insight, hub: site.start() };
}

test("a launch that the cluster would refuse is refused in its words, and nothing of it remains", async () => {
  const { site, hub } = await open();
  await expect(hub.sessions.launch(person("carol"), { profile: "small" })).rejects.toMatchObject({
    code: "invalid_input",
    message: "carol has no account for computing on this cluster; those who run it can give one.",
    fields: [{ path: "profile", message: "carol has no account for computing on this cluster; those who run it can give one." }],
    next: "Choose another profile, or ask those who run this site.",
  });
  expect(await site.store.sessions.find({ user: "carol", limit: 10 })).toEqual([]);
  expect(site.cluster.submissions).toBe(0);
});

test("what it would accept is launched", async () => {
  const { site, hub } = await open();
  const { id } = await hub.sessions.launch(person("alice"), { profile: "small" });
  await site.waitFor(id, { state: "pending" });
});

test("launching again is refused as launching is, when the rules have changed since", async () => {
  const { site, insight, hub } = await open();
  const { id } = await hub.sessions.launch(person("alice"), { profile: "small" });
  await site.waitFor(id, { state: "pending" });
  await hub.sessions.stop(person("alice"), id);
  await site.waitFor(id, { state: "ended" });
  insight.rulesNow = sampleRules({ partitions: [makePartition({ name: "batch", isDefault: true, state: "DOWN" })] });
  site.jump(2 * 3_600_000);
  await expect(hub.sessions.relaunch(person("alice"), id)).rejects.toMatchObject({ code: "invalid_input" });
});

test("while the cluster is away or has never told its rules, it decides itself", async () => {
  const { site, insight, hub } = await open();
  insight.isAway = true;
  const unknown = await hub.sessions.launch(person("carol"), { profile: "small" });
  await site.waitFor(unknown.id, { state: "pending" });
});
