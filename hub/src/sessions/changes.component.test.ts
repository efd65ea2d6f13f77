/** Events on real rows: what is written, what is told to whom, and that no wake-up is lost. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Store } from "../store/index.ts";
import { openTemporaryStore, sampleSession } from "../store/testing/sample.ts";
import { type SessionChanged, SessionChanges } from "./changes.ts";

let store: Store;
let remove: () => Promise<void>;
let now = 1_700_000_000_000;
let errors: unknown[];
let changes: SessionChanges;
let id: string;
const { signal } = new AbortController();

beforeEach(async () => {
  ({ store, remove } = await openTemporaryStore());
  errors = [];
  changes = new SessionChanges(
    store.sessions,
    () => now,
    (error) => errors.push(error),
  );
  const session = sampleSession();
  id = session.id;
  await store.sessions.insert(session, { at: now, event: "launched" });
});
afterEach(() => remove());

test("a change of state is written with its history, and told with what it was before", async () => {
  const told: SessionChanged[] = [];
  const end = changes.onChange((change) => told.push(change));
  now += 1000;
  await changes.apply(id, { kind: "submit-started" });
  await changes.apply(id, { kind: "submit-refused", detail: "no such partition" });
  end();
  expect(told.map(({ from, row }) => [from, row.state])).toEqual([
    ["requested", "submitting"],
    ["submitting", "ended"],
  ]);
  const history = await store.events.ofSession(id);
  expect(history.map(({ event, toState, detail }) => [event, toState, detail])).toEqual([
    ["launched", "requested", null],
    ["submit-started", "submitting", null],
    ["submit-refused", "ended", "no such partition"],
  ]);
  expect((await store.sessions.get(id))?.stateSince).toBe(now);
});

test("what says nothing new is neither written nor told", async () => {
  await changes.apply(id, { kind: "submit-started" });
  const told: SessionChanged[] = [];
  changes.onChange((change) => told.push(change));
  await changes.apply(id, { kind: "submit-unanswered", detail: "away" });
  await changes.apply(id, { kind: "submit-unanswered", detail: "away" });
  await changes.apply(id, { kind: "answered" });
  await changes.apply(id, { kind: "submitted", jobId: "1" }, () => false);
  expect(told).toHaveLength(1);
  expect(await changes.apply("zzzzzzzzzzzz", { kind: "answered" })).toBeNull();
});

test("events of one session are applied one after the other", async () => {
  const stop = { kind: "stop-asked", reason: "stopped" } as const;
  const rows = await Promise.all([
    changes.apply(id, { kind: "submit-started" }),
    changes.apply(id, stop),
    changes.apply(id, { kind: "submitted", jobId: "1" }),
  ]);
  expect(rows.map((row) => row?.state)).toEqual(["submitting", "stopping", "stopping"]);
  expect(rows.at(-1)).toMatchObject({ jobId: "1", stopReason: "stopped" });
});

test("somebody else moved the row in between: decided again on what is there", async () => {
  // With a turn of its own, as another process would have.
  const elsewhere = new SessionChanges(
    store.sessions,
    () => now,
    () => {},
  );
  await Promise.all([changes.apply(id, { kind: "submit-started" }), elsewhere.apply(id, { kind: "stop-asked", reason: "stopped" })]);
  const states = (await store.events.ofSession(id)).map(({ fromState, toState }) => [fromState, toState]);
  // Whoever came first: an unbroken chain, and the stop in it.
  expect((await store.sessions.get(id))?.stopReason).toBe("stopped");
  for (const [index, [from]] of states.entries()) expect(from).toBe(index === 0 ? null : states[index - 1]?.[1]);
});

test("a listener that throws is reported, and the rest goes on", async () => {
  const told: string[] = [];
  changes.onChange(() => {
    throw new Error("broken stream");
  });
  changes.onChange(({ row }) => told.push(row.state));
  expect((await changes.apply(id, { kind: "submit-started" }))?.state).toBe("submitting");
  expect(told).toEqual(["submitting"]);
  expect(String(errors)).toContain("broken stream");
});

test("a watch misses nothing between its opening and its wait, nor between two waits", async () => {
  const watch = changes.watch(id);
  await changes.apply(id, { kind: "submit-started" });
  await watch.wait(3_600_000, signal);
  const second = watch.wait(3_600_000, signal);
  await changes.apply(id, { kind: "submitted", jobId: "1" });
  await second;
  await changes.apply(id, { kind: "stop-asked", reason: "stopped" });
  await watch.wait(3_600_000, signal);
  watch.close();
});

test("a wait ends by time, by abort, and at once when it was aborted before; a far-off time is no time at all", async () => {
  const watch = changes.watch(id);
  await watch.wait(1, signal);
  const ending = new AbortController();
  const waiting = watch.wait(Number.MAX_SAFE_INTEGER, ending.signal);
  ending.abort(new Error("SIGTERM"));
  await waiting;
  await watch.wait(3_600_000, ending.signal);
  watch.close();
});

test("one change ends one wait: the next waits again (a loop would else spin)", async () => {
  const watch = changes.watch(id);
  await changes.apply(id, { kind: "submit-started" });
  await watch.wait(3_600_000, signal);
  let isOver = false;
  const ending = new AbortController();
  const waiting = watch.wait(3_600_000, ending.signal).then(() => {
    isOver = true;
  });
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
  expect(isOver).toBe(false);
  ending.abort();
  await waiting;
  watch.close();
});

test("two watches on one session are both woken; a closed one is forgotten", async () => {
  const [first, second] = [changes.watch(id), changes.watch(id)];
  const both = Promise.all([first.wait(3_600_000, signal), second.wait(3_600_000, signal)]);
  await changes.apply(id, { kind: "submit-started" });
  await both;
  first.close();
  const waiting = second.wait(3_600_000, signal);
  await changes.apply(id, { kind: "submitted", jobId: "1" });
  await waiting;
  second.close();
});
