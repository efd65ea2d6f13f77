import { expect, test } from "vitest";
import { Slots } from "./slots.ts";

const never = new AbortController().signal;

/** Takes one and notes when it has it. */
function taker(slots: Slots) {
  const order: string[] = [];
  const take = (name: string, signal = never) => slots.take(signal).then(() => void order.push(name));
  return { order, take };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("so many at a time, the others in their order", async () => {
  const slots = new Slots(2);
  const { order, take } = taker(slots);
  for (const name of ["a", "b", "c", "d"]) void take(name);
  await settle();
  expect(order).toEqual(["a", "b"]);
  slots.free();
  await settle();
  expect(order).toEqual(["a", "b", "c"]);
  expect(slots.taken).toBe(2);
});

test("who gives up leaves the line, and takes nobody's place", async () => {
  const slots = new Slots(1);
  const { order, take } = taker(slots);
  await take("a");
  const abort = new AbortController();
  const given = take("b", abort.signal);
  void take("c");
  abort.abort(new Error("no more"));
  await expect(given).rejects.toThrow("no more");
  slots.free();
  await settle();
  expect(order).toEqual(["a", "c"]);
  await expect(take("d", abort.signal)).rejects.toThrow("no more");
});

test("narrowed, it lets in fewer, never none; what goes well widens it again up to the first limit", async () => {
  const slots = new Slots(3);
  const { order, take } = taker(slots);
  slots.narrow(0);
  for (const name of ["a", "b", "c", "d", "e"]) void take(name);
  await settle();
  expect(order).toEqual(["a"]);
  for (let count = 0; count < 1000; count++) slots.widen();
  slots.free();
  await settle();
  expect(order).toEqual(["a", "b", "c", "d"]);
});
