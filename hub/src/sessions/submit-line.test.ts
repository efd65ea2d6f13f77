/** Fairness, places and pace of the line to a cluster, by a clock that the test sets. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SubmitLine, SubmitLines } from "./submit-line.ts";
import { MemoryCluster } from "./testing/memory-cluster.ts";

const { signal: forever } = new AbortController();

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => vi.useRealTimers());

const createLine = (concurrency: number, rate: number) =>
  new SubmitLine({ submit_concurrency: concurrency, submit_rate: rate }, () => performance.now());

/** A submission that takes no time, and one that takes until it is told. */
const atOnce = (order: string[], id: string) => async () => void order.push(id);
const untilTold = (gate: Promise<void>) => () => gate;
const join = (line: SubmitLine, order: string[], ids: readonly string[]) =>
  ids.map((id) => line.send({ id, user: id.slice(0, 1) }, forever, atOnce(order, id)));

test("a person with twenty launches does not hold up a class", async () => {
  const line = createLine(1, 1000);
  const gate = Promise.withResolvers<void>();
  const first = line.send({ id: "z0", user: "z" }, forever, untilTold(gate.promise));
  const order: string[] = [];
  const greedy = Array.from({ length: 20 }, (_, index) => `a${index}`);
  const sent = join(line, order, [...greedy, "b0", "c0", "d0"]);
  gate.resolve();
  await Promise.all([first, ...sent]);
  expect(order.slice(0, 6)).toEqual(["a0", "b0", "c0", "d0", "a1", "a2"]);
});

test("everybody's place is what comes before them, and both ways of asking agree, whatever the line is like", () => {
  for (const ids of [["a0", "a1", "b0", "c0", "b1", "a2"], ["a0"], ["c0", "c1", "c2", "a0", "b0", "b1", "b2", "b3"]]) {
    const line = createLine(1, 1000);
    void line.send({ id: "z0", user: "z" }, forever, untilTold(new Promise(() => {})));
    void join(line, [], ids);
    const places = line.places();
    expect([...places.values()]).toEqual(ids.map((_, index) => index));
    for (const id of ids) expect([id, line.placeOf(id)]).toEqual([id, places.get(id)]);
  }
});

test("places are those of the order in which they are sent", async () => {
  const line = createLine(1, 1000);
  const gate = Promise.withResolvers<void>();
  void line.send({ id: "z0", user: "z" }, forever, untilTold(gate.promise));
  const order: string[] = [];
  const sent = join(line, order, ["a0", "a1", "b0", "c0", "b1", "a2"]);
  const foretold = [...line.places().keys()];
  expect(line.placeOf("z0")).toBeNull();
  gate.resolve();
  await Promise.all(sent);
  expect(order).toEqual(foretold);
  expect(line.placeOf("a2")).toBeNull();
});

test("never more in a second than the rate, however many could go at once, and nobody is refused", async () => {
  const line = createLine(64, 20);
  const order: string[] = [];
  const sent = join(
    line,
    order,
    Array.from({ length: 40 }, (_, index) => `${String.fromCharCode(97 + (index % 26))}${index}`),
  );
  await vi.advanceTimersByTimeAsync(999);
  expect(order).toHaveLength(20);
  await vi.advanceTimersByTimeAsync(1);
  expect(order).toHaveLength(40);
  await Promise.all(sent);
});

test("who is withdrawn is not sent, and gives up the place; who has had their turn is left alone", async () => {
  const line = createLine(1, 1000);
  const gate = Promise.withResolvers<void>();
  const first = line.send({ id: "z0", user: "z" }, forever, async () => {
    await gate.promise;
    return "sent";
  });
  const order: string[] = [];
  const [unwanted, other] = join(line, order, ["a0", "b0"]);
  line.withdraw("a0");
  line.withdraw("z0");
  line.withdraw("nobody");
  expect(await unwanted).toBeNull();
  expect(line.placeOf("b0")).toBe(0);
  gate.resolve();
  expect(await first).toBe("sent");
  await other;
  expect(order).toEqual(["b0"]);
});

test("the end of the hub ends the waiting, and leaves no timer behind", async () => {
  const line = createLine(8, 1);
  const ending = new AbortController();
  const sent = ["a0", "b0", "c0"].map((id) => line.send({ id, user: id }, ending.signal, async () => {}));
  ending.abort(new Error("the hub ends"));
  const ends = await Promise.allSettled(sent);
  expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("moves are told of those alone that moved, and of a long line less often", async () => {
  vi.useRealTimers();
  const cluster = new MemoryCluster(Date.now, { submit_concurrency: 1, submit_rate: 1000 });
  const lines = new SubmitLines(new Map([["main", cluster.cluster]]));
  const line = lines.to("main");
  const gate = Promise.withResolvers<void>();
  const first = line.send({ id: "z0", user: "z" }, forever, untilTold(gate.promise));
  const sent = join(line, [], ["a0", "b0"]);
  const ending = new AbortController();
  const told: string[] = [];
  const telling = lines.tellMoves((id) => told.push(id), ending.signal);
  expect(told).toEqual(["a0", "b0"]);
  line.withdraw("a0");
  await vi.waitFor(() => expect(told).toEqual(["a0", "b0", "b0"]), { timeout: 20_000 });
  ending.abort();
  await telling;
  gate.resolve();
  await Promise.all([first, ...sent]);
  expect(lines.placeOf({ id: "b0", cluster: "main" })).toBeNull();
  expect(lines.placeOf({ id: "b0", cluster: "gone" })).toBeNull();
});
