import { afterEach, beforeEach, expect, it } from "vitest";
import type { Store } from "../store/index.ts";
import { openTemporaryStore, sampleSession } from "../store/testing/sample.ts";
import { runRetention } from "./retention.ts";

const T0 = 1_700_000_000_000;
const DAY = 24 * 3600_000;

let store: Store;
let remove: () => Promise<void>;
let now: number;
let forgotten: number[];
beforeEach(async () => {
  ({ store, remove } = await openTemporaryStore());
  now = T0;
  forgotten = [];
});
afterEach(() => remove());

async function keep(days: number, look: () => Promise<void>): Promise<void> {
  const ending = new AbortController();
  const options = {
    history: store.history,
    keepMs: days * DAY,
    now: () => now,
    onForgotten: (count: number) => forgotten.push(count),
    onError: (error: unknown) => expect.unreachable(String(error)),
    pace: { everyMs: 5, gapMs: 1 },
  };
  const running = runRetention(options, ending.signal);
  await look();
  ending.abort();
  await running;
}

it("forgets what is old enough, day by day, and keeps the audit log", async () => {
  const insert = (endedDaysAgo: number, name: string) =>
    store.sessions.insert(sampleSession({ name, state: "ended", reason: "stopped", endedAt: T0 - endedDaysAgo * DAY }), {
      at: T0,
      event: "launched",
    });
  for (let index = 0; index < 450; index++) await insert(31, `old-${index}`);
  const young = await insert(29, "young");
  await store.audit.record({
    ...{ at: T0, actor: "root", via: "token:t", action: "session.stop", target: `alice/${young.id}` },
    ...{ outcome: "done", detail: null, address: null },
  });
  await keep(30, async () => {
    await expect.poll(() => forgotten, { timeout: 20_000 }).toEqual([450]);
    expect((await store.sessions.find({ limit: 1000 })).map(({ id }) => id)).toEqual([young.id]);
    now = T0 + 2 * DAY;
    await expect.poll(() => forgotten, { timeout: 20_000 }).toEqual([450, 1]);
  });
  expect(await store.sessions.find({ limit: 1000 })).toEqual([]);
  expect(await store.audit.list({ limit: 10 })).toHaveLength(1);
});
