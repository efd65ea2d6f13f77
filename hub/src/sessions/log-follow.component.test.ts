import type { LogChunk } from "@fairway/contract/sessions.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LogFollowers } from "./log-follow.ts";
import { type Hub, person, Site } from "./testing/site.ts";

const alice = person("alice");
const PACE = { quickMs: 5, slowMs: 10, lastWordsMs: 0 };

let site: Site;
let hub: Hub;
let followers: LogFollowers;
let errors: unknown[];
let stops: (() => void)[];
beforeEach(async () => {
  site = await Site.open();
  hub = site.start();
  errors = [];
  stops = [];
  followers = new LogFollowers({
    store: site.store.sessions,
    changes: hub.changes,
    clusters: new Map([["main", site.cluster.cluster]]),
    now: site.now,
    pace: PACE,
    onError: (error) => errors.push(error),
  });
});
afterEach(async () => {
  for (const stop of stops) stop();
  await vi.waitFor(() => expect(followers.readerCount).toBe(0), { timeout: 20_000 });
  await site.close();
  expect(errors).toEqual([]);
});

/** A session whose job runs. */
async function launch(): Promise<{ id: string; job: string }> {
  const { id } = await hub.sessions.launch(alice, { profile: "small" });
  const { jobId } = await site.waitFor(id, { state: "pending" });
  if (jobId === null) throw new Error("it has no job");
  return { id, job: jobId };
}

const log = (id: string) => site.cluster.logs.get(id) ?? "";
const write = (id: string, text: string) => site.cluster.logs.set(id, log(id) + text);

class Viewer {
  readonly chunks: LogChunk[] = [];
  readonly leave: () => void;
  /** While set, what it was told is not taken yet. */
  gate: PromiseWithResolvers<void> | null = null;

  constructor(id: string, offset = 0) {
    this.leave = followers.follow(id, offset, async (chunk) => {
      this.chunks.push(chunk);
      await this.gate?.promise;
    });
    stops.push(this.leave);
  }

  get text(): string {
    return this.chunks.map(({ text }) => text).join("");
  }

  get state(): LogChunk["state"] | undefined {
    return this.chunks.at(-1)?.state;
  }
}

const until = (look: () => void) => vi.waitFor(look, { timeout: 20_000, interval: 5 });

describe("a followed log", () => {
  it("is told from nothing, through its first line, to its last", async () => {
    const { id, job } = await launch();
    const viewer = new Viewer(id);
    await until(() => expect(viewer.state).toBe("none"));
    write(id, "one\n");
    await until(() => expect(viewer.text).toBe("one\n"));
    write(id, "two\n");
    await until(() => expect(viewer.text).toBe("one\ntwo\n"));
    write(id, "last\n");
    site.cluster.end(job, "failed", 1);
    await until(() => expect(viewer.state).toBe("complete"));
    expect(viewer.text).toBe("one\ntwo\nlast\n");
    await until(() => expect(followers.readerCount).toBe(0));
    // Each piece goes on where the one before ended.
    for (const [index, chunk] of viewer.chunks.entries()) expect(chunk.offset).toBe(viewer.chunks[index - 1]?.nextOffset ?? 0);
  });

  it("is whole, in order, for whoever comes later or asks from the middle", async () => {
    const { id } = await launch();
    write(id, Array.from({ length: 900 }, (_, index) => `line ${index}\n`).join(""));
    const first = new Viewer(id);
    await until(() => expect(first.text).toBe(log(id)));
    const [late, middle] = [new Viewer(id), new Viewer(id, 4321)];
    await until(() => expect([late.text, middle.text]).toEqual([log(id), log(id).slice(4321)]));
    write(id, "more\n");
    await until(() => expect([first, late, middle].map(({ text }) => text.endsWith("more\n"))).toEqual([true, true, true]));
  });

  it("of an ended session is told once and is complete, also when there is none", async () => {
    const { id, job } = await launch();
    site.cluster.end(job, "cancelled");
    await site.waitFor(id, { state: "ended" });
    const none = new Viewer(id);
    await until(() => expect(none.chunks).toEqual([{ text: "", offset: 0, nextOffset: 0, sizeBytes: 0, state: "complete" }]));
    write(id, "x".repeat(2500));
    const some = new Viewer(id);
    await until(() => expect(some.chunks.map(({ state }) => state)).toEqual(["growing", "growing", "complete"]));
    expect(some.text).toBe(log(id));
  });

  it("begins anew when the file does", async () => {
    const { id } = await launch();
    write(id, "first run, with many words\n");
    const viewer = new Viewer(id);
    await until(() => expect(viewer.text).toContain("words"));
    site.cluster.logs.set(id, "second\n");
    await until(() => expect(viewer.chunks.at(-1)).toMatchObject({ text: "second\n", offset: 0 }));
  });
});

describe("many viewers of one log", () => {
  it("are one reader, and cost what one costs", async () => {
    const { id } = await launch();
    write(id, "x".repeat(5500));
    const viewers = Array.from({ length: 200 }, () => new Viewer(id));
    expect(followers.readerCount).toBe(1);
    await until(() => expect(viewers.every(({ text }) => text === log(id))).toBe(true));
    const readings = site.cluster.logReadings.filter((offset) => offset < 5500);
    // Six pieces, each read once for all of them.
    expect(readings).toEqual([0, 1000, 2000, 3000, 4000, 5000]);
  });

  it("are each left at their own speed: who does not take what was told holds up no other", async () => {
    const { id } = await launch();
    write(id, "x".repeat(3000));
    const slow = new Viewer(id);
    slow.gate = Promise.withResolvers();
    const quick = new Viewer(id);
    await until(() => expect(quick.text).toBe(log(id)));
    expect(slow.chunks).toHaveLength(1);
    slow.gate.resolve();
    slow.gate = null;
    await until(() => expect(slow.text).toBe(log(id)));
  });

  it("leave no reader behind, and the next one begins anew", async () => {
    const { id } = await launch();
    const [one, other] = [new Viewer(id), new Viewer(id)];
    await until(() => expect([one.state, other.state]).toEqual(["none", "none"]));
    one.leave();
    expect(followers.readerCount).toBe(1);
    other.leave();
    // In the very moment in which the old reader comes to rest.
    const next = new Viewer(id);
    write(id, "still here\n");
    await until(() => expect(next.text).toBe("still here\n"));
    expect(followers.readerCount).toBe(1);
  });
});

it("a cluster that is away is no end of its log", async () => {
  const { id } = await launch();
  write(id, "before\n");
  const viewer = new Viewer(id);
  await until(() => expect(viewer.text).toBe("before\n"));
  site.cluster.faults.log = "away";
  const asked = site.cluster.logReadings.length;
  write(id, "meanwhile\n");
  await until(() => expect(site.cluster.logReadings.length).toBeGreaterThan(asked + 2));
  expect(viewer.text).toBe("before\n");
  site.cluster.faults.log = "works";
  await until(() => expect(viewer.text).toBe("before\nmeanwhile\n"));
});
