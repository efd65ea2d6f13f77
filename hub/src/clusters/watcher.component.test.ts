/** When the watcher asks, for whom, and what it makes of silence: with real timers and a cluster in memory. */
import { afterEach, expect, test, vi } from "vitest";
import { MemoryCluster } from "../sessions/testing/memory-cluster.ts";
import { type JobNews, Watcher, type WatcherPace } from "./watcher.ts";

const ending = new Set<() => Promise<void>>();
afterEach(async () => {
  for (const end of ending) await end();
  ending.clear();
});

function start(pace: WatcherPace, onNews: (news: JobNews) => Promise<void> = async () => {}) {
  let aheadMs = 0;
  const cluster = new MemoryCluster(() => Date.now() + aheadMs);
  const errors: unknown[] = [];
  const news: JobNews[] = [];
  const watcher = new Watcher({
    cluster: cluster.cluster,
    namePrefix: "fw-",
    now: () => Date.now() + aheadMs,
    pace,
    accounts: async () => ["alice"],
    isBusy: () => false,
    onNews: async (what) => {
      news.push(what);
      await onNews(what);
    },
    onError: (error) => errors.push(error),
  });
  const abort = new AbortController();
  const running = watcher.run(abort.signal);
  const end = async () => {
    abort.abort(new Error("over"));
    await running;
  };
  ending.add(end);
  const asked = (times: number) =>
    vi.waitFor(() => expect(cluster.queries.length).toBeGreaterThanOrEqual(times), { timeout: 10_000, interval: 2 });
  return { cluster, watcher, news, errors, end, asked, jump: (ms: number) => (aheadMs += ms) };
}

const QUICK = { busyMs: 5, quietMs: 5, leastGapMs: 1 };
const PATIENT = { busyMs: 3_600_000, quietMs: 3_600_000, leastGapMs: 1 };

test("first everybody's jobs, then only those of people with sessions", async () => {
  const { cluster, asked } = start(QUICK);
  await asked(3);
  expect(cluster.queries.slice(0, 3).map(({ users }) => users)).toEqual([null, ["alice"], ["alice"]]);
});

test("while the first answer could not be used, everybody's are asked for again; the cluster did answer", async () => {
  let failures = 2;
  const { cluster, asked, errors } = start(QUICK, async () => {
    if (failures-- > 0) throw new Error("no room in the database");
  });
  await asked(4);
  expect(cluster.queries.slice(0, 4).map(({ users }) => users)).toEqual([null, null, null, ["alice"]]);
  expect(errors).toHaveLength(2);
  expect(cluster.cluster.health.awaySince).toBeNull();
});

test("silence is told once, kept since its beginning, and over with the first answer", async () => {
  const { cluster, asked, news } = start(QUICK);
  await asked(1);
  let changes = 0;
  cluster.cluster.onHealthChange(() => (changes += 1));
  cluster.faults.queue = "away";
  await vi.waitFor(() => expect(cluster.cluster.health.awaySince).not.toBeNull(), { timeout: 20_000 });
  const { awaySince } = cluster.cluster.health;
  const heard = news.length;
  await asked(cluster.queries.length + 3);
  expect(cluster.cluster.health).toMatchObject({ awaySince, problem: "Unable to contact slurm controller" });
  expect(news).toHaveLength(heard);
  cluster.faults.queue = "works";
  await vi.waitFor(() => expect(cluster.cluster.health.awaySince).toBeNull(), { timeout: 20_000 });
  expect(changes).toBe(2);
});

test("a kick is heard in the pause, and one that comes while it asks is not lost", async () => {
  let kickOnce = () => {};
  const { watcher, asked, news } = start(PATIENT, async () => kickOnce());
  await vi.waitFor(() => expect(news).toHaveLength(1), { timeout: 20_000 });
  kickOnce = () => {
    kickOnce = () => {};
    watcher.kick();
  };
  watcher.kick();
  await asked(3);
});

test("kicks do not make it ask more often than the least gap allows", async () => {
  const { cluster, watcher, asked } = start({ ...PATIENT, leastGapMs: 40 });
  const startedAt = performance.now();
  const kicking = setInterval(() => watcher.kick(), 1);
  await asked(6);
  clearInterval(kicking);
  // The longer it takes, the more are allowed: a slow machine cannot make this fail.
  expect(cluster.queries.length).toBeLessThanOrEqual((performance.now() - startedAt) / 35 + 1);
});

test("a clock that jumps, by a day or back, changes nothing in its pace (it once slept for as long)", async () => {
  const { cluster, asked, jump } = start(QUICK, async () => {});
  for (const ms of [86_400_000, -172_800_000]) {
    await asked(cluster.queries.length + 2);
    jump(ms);
  }
  await asked(cluster.queries.length + 3);
});

test("ends at once in whatever pause it is", async () => {
  const { asked, end } = start(PATIENT);
  await asked(1);
  await end();
});
