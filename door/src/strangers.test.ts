import { expect, test } from "vitest";
import { Strangers } from "./strangers.ts";

/** Enters one after the other. @returns who of them was cut, in order, and what each got */
function enterAll(strangers: Strangers, addresses: readonly string[]) {
  const cut: number[] = [];
  const leaves = addresses.map((address, index) => strangers.enter(address, () => cut.push(index)));
  return { cut, leaves };
}

test("when all places are taken, the oldest of the network with most makes room, and who comes is let in", () => {
  const strangers = new Strangers({ strangers: 4, strangersPerAddress: 3 });
  const { cut, leaves } = enterAll(strangers, [
    "192.0.2.1",
    "198.51.100.1",
    "192.0.2.1",
    "192.0.2.1",
    "203.0.113.1",
    "203.0.113.2",
    "203.0.113.3",
  ]);
  expect(leaves).not.toContain(null);
  // At the last each holds one, and the network that came first gives way.
  expect(cut).toEqual([0, 2, 3]);
});

test("one network has so many places and no more, whoever else is there; IPv6 counts by /56", () => {
  const strangers = new Strangers({ strangers: 100, strangersPerAddress: 2 });
  const { cut, leaves } = enterAll(strangers, ["2001:db8:0:1::1", "2001:db8:0:ff::2", "2001:db8:0:7::3", "2001:db8:0:100::1"]);
  expect(leaves.map((leave) => leave === null)).toEqual([false, false, true, false]);
  expect(cut).toEqual([]);
});

test("a place that was left is free, once, also when it was left twice", () => {
  const strangers = new Strangers({ strangers: 100, strangersPerAddress: 1 });
  const leave = strangers.enter("192.0.2.1", () => {});
  leave?.();
  expect(strangers.enter("192.0.2.1", () => {})).not.toBeNull();
  leave?.();
  expect(strangers.enter("192.0.2.1", () => {})).toBeNull();
});
