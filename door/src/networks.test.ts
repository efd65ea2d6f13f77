import { expect, test } from "vitest";
import { matchesNetworks, toNetwork } from "./networks.ts";

test.each([
  ["192.0.2.7", "192.0.2.0/24", true],
  ["192.0.3.7", "192.0.2.0/24", false],
  ["::ffff:192.0.2.7", "198.51.100.1,192.0.2.7", true],
  ["2001:db8::1", "192.0.2.0/24,2001:db8::/32", true],
  ["2001:db9::1", "2001:db8::/32", false],
  ["192.0.2.7", "192.0.2.7/24", false],
  ["192.0.2.7", "192.0.2.0/24,nonsense", false],
  ["192.0.2.7", "192.0.2.0/33", false],
  ["192.0.2.7", "", false],
  ["2001:db8::1", "2001:db8::1/32", false],
  ["192.0.2.7", "0.0.0.0/0", true],
])("%s in %s: %s", (address, list, expected) => {
  expect(matchesNetworks(address, list)).toBe(expected);
});

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8::1", "2001:db8:0:0"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:0"],
  ["2001:db8:1:abcd::1", "2001:db8:1:ab00"],
  ["::1", "0:0:0:0"],
])("%s counts as %s", (address, expected) => {
  expect(toNetwork(address)).toBe(expected);
});
