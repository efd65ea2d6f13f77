import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

const { signal: forever } = new AbortController();

/** Work that ends when told. */
function gates() {
  const order: string[] = [];
  const open = new Map<string, () => void>();
  const work = (name: string) => async () => {
    order.push(name);
    await new Promise<void>((resolve) => open.set(name, resolve));
  };
  const end = async (name: string) => {
    await new Promise(setImmediate);
    open.get(name)?.();
    await new Promise(setImmediate);
  };
  return { order, work, end };
}

test("never more at once than there are places", async () => {
  const turns = new Turns(2);
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise(setImmediate);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 20 }, (_, index) => turns.take(`p${index % 3}`, forever, work)));
  expect([most, inside]).toEqual([2, 0]);
});

test("goes round the people, and keeps each one's order", async () => {
  const turns = new Turns(1);
  const { order, work, end } = gates();
  for (const name of ["alice1", "alice2", "alice3", "bob1", "carol1", "bob2"]) void turns.take(name.slice(0, -1), forever, work(name));
  for (const name of ["alice1", "alice2", "bob1", "carol1", "alice3", "bob2"]) await end(name);
  expect(order).toEqual(["alice1", "alice2", "bob1", "carol1", "alice3", "bob2"]);
});

test("who fails or gives up leaves no place taken, and no one waiting in vain", async () => {
  const turns = new Turns(1);
  const { order, work, end } = gates();
  await expect(turns.take("alice", forever, () => Promise.reject(new Error("boom")))).rejects.toThrow("boom");
  void turns.take("alice", forever, work("first"));
  const impatient = new AbortController();
  const waiting = turns.take("bob", impatient.signal, work("never"));
  void turns.take("bob", forever, work("second"));
  impatient.abort(new Error("stopped"));
  await expect(waiting).rejects.toThrow("stopped");
  await end("first");
  await end("second");
  expect(order).toEqual(["first", "second"]);
  await expect(turns.take("alice", AbortSignal.abort(new Error("over")), work("never"))).rejects.toThrow("over");
});

test("a place that was handed over is used although its taker is aborted in the same moment", async () => {
  const turns = new Turns(1);
  const { work, end } = gates();
  void turns.take("alice", forever, work("first"));
  const late = new AbortController();
  const waiting = turns.take("bob", late.signal, async () => "done");
  await end("first");
  late.abort();
  expect(await waiting).toBe("done");
  expect(await turns.take("carol", forever, async () => "next")).toBe("next");
});
