/** The profiles as each person sees them: who sees which, what the cluster offers them, what they chose last, and why not now. */
import type { Profile } from "@fairway/contract/profiles.ts";
import { afterEach, describe, expect, test } from "vitest";
import { makePartition, samplePresent, sampleRules } from "../clusters/testing/sample-facts.ts";
import { MemoryInsight } from "./testing/memory-insight.ts";
import { withProfiles } from "./testing/profiles.ts";
import { type Hub, person, Site } from "./testing/site.ts";

const GPUS = { name: "gpus", label: "GPUs", kind: "number", sets: "gpus", min: 0, max: 2, default: 0 };
const PROFILES = [
  { name: "class", visible_to: ["teachers", "bob"] },
  {
    name: "open",
    options: [
      { name: "cores", label: "Cores", kind: "number", sets: "cpus", min: 1, max: 8, default: 2 },
      GPUS,
      { name: "type", label: "Type", kind: "choice", sets: "gpu_type", from: "gpu_types", when: { option: "gpus", is: [1, 2] } },
      { name: "queue", label: "Queue", kind: "choice", sets: "partition", from: "partitions" },
      { name: "account", label: "Account", kind: "choice", sets: "account", from: "accounts" },
    ],
  },
  {
    name: "typed",
    options: [
      {
        ...{ name: "queue", label: "Queue", kind: "choice", sets: "partition", default: "batch" },
        choices: ["batch", "debug", "gone"].map((value) => ({ value, label: value })),
      },
    ],
  },
];
const CONFIG = withProfiles(PROFILES, {
  groups: { teachers: ["tina"] },
  limits: { groups: { teachers: { sessions_per_user: 1 } } },
});

const { partitions } = sampleRules();
const RULES = sampleRules({ partitions: [...partitions, makePartition({ name: "old", state: "DOWN" })] });

const sites = new Set<Site>();
afterEach(async () => {
  for (const site of sites) await site.close();
  sites.clear();
});

/** `knows`: the cluster tells of itself. */
async function open(config = CONFIG, knows = true): Promise<{ site: Site; hub: Hub }> {
  const site = await Site.open();
  sites.add(site);
  if (knows) site.cluster.insight = new MemoryInsight(RULES, samplePresent());
  return { site, hub: site.start({ config }) };
}

async function see(hub: Hub, user: string): Promise<ReadonlyMap<string, Profile>> {
  return new Map((await hub.launches.profiles(person(user))).map((profile) => [profile.name, profile]));
}

function choicesOf(profile: Profile | undefined, name: string) {
  const option = profile?.options.find((candidate) => candidate.name === name);
  return option?.kind === "choice" ? option.choices : [];
}

const valuesOf = (profile: Profile | undefined, name: string) => choicesOf(profile, name).map(({ value }) => value);

describe("a profile for some", () => {
  test("is seen by its groups and people, and by nobody else; an administrator is no exception", async () => {
    const { hub } = await open();
    const names = async (user: string) => [...(await see(hub, user)).keys()];
    for (const user of ["tina", "bob"]) expect(await names(user)).toEqual(["small", "class", "open", "typed"]);
    expect(await names("alice")).toEqual(["small", "open", "typed"]);
    expect((await hub.launches.profiles(person("root", "admin"))).map(({ name }) => name)).toEqual(["small", "open", "typed"]);
  });

  test("is to everybody else what one is that never was: launch, check, preview; no word, field or list tells", async () => {
    const { site, hub } = await open();
    const ways = [
      (profile: string) => hub.sessions.launch(person("alice"), { profile }),
      (profile: string) => hub.launches.check(person("alice"), { profile }),
      (profile: string) => hub.launches.preview(person("alice"), { profile }, "https://x"),
      (profile: string) => hub.launches.check(person("alice"), { profile, options: { cores: 1 }, open: "lab" }),
    ];
    for (const way of ways) {
      const answer = async (profile: string) => {
        const outcome = await way(profile).catch((error: { message: string; code: string; fields: unknown; next: unknown }) => error);
        return JSON.stringify(outcome instanceof Error ? { ...outcome, message: outcome.message } : outcome).replaceAll(profile, "NAME");
      };
      // A profile's own name may stand in the list of those there are: "class" must not.
      expect(await answer("class")).toBe(await answer("krass"));
    }
    expect(await site.store.sessions.countOpen("alice")).toBe(0);
  });

  test("is not launched again by somebody who no longer belongs to it", async () => {
    const { site, hub } = await open(CONFIG, false);
    const { id } = await hub.sessions.launch(person("tina"), { profile: "class" });
    await hub.sessions.stop(person("tina"), id);
    await site.waitFor(id, { state: "ended" });
    await hub.stop();
    const later = site.start({ config: withProfiles(PROFILES) });
    await expect(later.sessions.relaunch(person("tina"), id)).rejects.toMatchObject({
      code: "invalid_input",
      fields: [{ path: "profile" }],
    });
  });
});

describe("what the cluster offers", () => {
  test("is filled in, with the person's default first, and what they cannot take with the reason", async () => {
    const { hub } = await open();
    const profile = (await see(hub, "alice")).get("open");
    expect(valuesOf(profile, "queue").slice(0, 2)).toEqual(["", "batch"]);
    expect(choicesOf(profile, "queue")[0]).toEqual({ value: "", label: "The cluster's default", refusal: null });
    expect(valuesOf(profile, "type")).toContain("a100");
    expect(valuesOf(profile, "account")).toEqual(["", "physics"]);
    const refused = choicesOf(profile, "queue").filter(({ refusal }) => refusal !== null);
    expect(refused).toEqual([expect.objectContaining({ value: "old", refusal: expect.stringContaining("old") as unknown })]);
  });

  test("of choices that were typed in, those that the cluster does not have are marked", async () => {
    const { hub } = await open();
    const refusals = choicesOf((await see(hub, "alice")).get("typed"), "queue").map(({ value, refusal }) => [value, refusal !== null]);
    expect(refusals).toEqual([
      ["batch", false],
      ["debug", false],
      ["gone", true],
    ]);
  });

  test("is not known: what the site typed in stands, what it did not is the cluster's default", async () => {
    const { hub } = await open(CONFIG, false);
    const seen = await see(hub, "alice");
    expect(choicesOf(seen.get("typed"), "queue").map(({ refusal }) => refusal)).toEqual([null, null, null]);
    expect(valuesOf(seen.get("open"), "queue")).toEqual([""]);
  });
});

describe("what was chosen last", () => {
  const launch = (hub: Hub, user: string, options: Record<string, string | number>) =>
    hub.sessions.launch(person(user), { profile: "open", options });

  test("is offered again, to them alone, for that profile alone; also after a restart", async () => {
    const { site, hub } = await open();
    const chosen = { cores: 4, gpus: 1, type: "a100", queue: "gpu", account: "" };
    await launch(hub, "alice", chosen);
    await hub.stop();
    const seen = await see(site.start({ config: CONFIG }), "alice");
    expect(seen.get("open")?.remembered).toEqual({ cores: 4, gpus: 1, type: "a100", queue: "gpu" });
    expect(seen.get("typed")?.remembered).toEqual({});
    expect((await see(hub, "bob")).get("open")?.remembered).toEqual({});
  });

  test("is replaced by what is chosen next", async () => {
    const { site, hub } = await open();
    const { id } = await launch(hub, "alice", { cores: 4 });
    await hub.sessions.stop(person("alice"), id);
    await site.waitFor(id, { state: "ended" });
    await launch(hub, "alice", { cores: 2 });
    expect((await see(hub, "alice")).get("open")?.remembered).toEqual({});
  });

  test("is dropped as far as it is no longer allowed, by the site or by the cluster", async () => {
    const { site, hub } = await open();
    await site.store.launchDefaults.remember("alice", "open", { cores: 99, queue: "gone", gpus: 1, type: "a100", other: 1 }, site.now());
    expect((await see(hub, "alice")).get("open")?.remembered).toEqual({ gpus: 1, type: "a100" });
  });

  test("is nothing when the launch was refused", async () => {
    const { site, hub } = await open();
    await expect(launch(hub, "alice", { cores: 99 })).rejects.toMatchObject({ code: "invalid_input" });
    expect(await site.store.launchDefaults.of("alice")).toEqual(new Map());
  });
});

describe("why not now", () => {
  const refusalOf = async (hub: Hub, user: string) => (await see(hub, user)).get("small")?.refusal ?? null;

  test("nothing stands against it", async () => {
    const { hub } = await open();
    expect(await refusalOf(hub, "alice")).toBeNull();
  });

  test("somebody without an account on the cluster is told so", async () => {
    const { hub } = await open();
    expect(await refusalOf(hub, "carol")).toContain("no account");
  });

  test("the cluster is away: with its name; and back", async () => {
    const { site, hub } = await open();
    site.cluster.faults.queue = "away";
    await expect.poll(() => refusalOf(hub, "alice"), { timeout: 20_000 }).toContain("does not answer");
    site.cluster.faults.queue = "works";
    await expect.poll(() => refusalOf(hub, "alice"), { timeout: 20_000 }).toBeNull();
  });

  test("a limit is reached: which one, and what to stop", async () => {
    const { hub } = await open(CONFIG, false);
    await hub.sessions.launch(person("tina"), { profile: "small" });
    const refusal = await refusalOf(hub, "tina");
    expect(refusal).toContain("the group teachers allows 1 at a time");
    expect(refusal).toContain("Stop one of them first: your default session");
    expect((await hub.launches.check(person("tina"), { profile: "small", name: "b" })).problems).toHaveLength(1);
    await expect(hub.sessions.launch(person("tina"), { profile: "small", name: "b" })).rejects.toMatchObject({ code: "limit_reached" });
  });
});
