import { expect, test } from "vitest";
import { parseProxyHeader } from "./proxy-header.ts";

test.each([
  ["PROXY TCP4 192.0.2.7 198.51.100.1 50000 443", "192.0.2.7"],
  ["PROXY TCP6 2001:db8::7 2001:db8::1 50000 443", "2001:db8::7"],
  ["PROXY TCP6 ::ffff:192.0.2.7 ::ffff:127.0.0.1 50000 443", "::ffff:192.0.2.7"],
  ["PROXY TCP4 2001:db8::7 2001:db8::1 50000 443", null],
  ["PROXY TCP4 192.0.2.777 198.51.100.1 50000 443", null],
  ["PROXY TCP4 192.0.2.7 198.51.100.1 50000", null],
  ["PROXY UNKNOWN", null],
  ["SSH-2.0-OpenSSH_9.2", null],
  ["", null],
])("%j", (line, expected) => {
  expect(parseProxyHeader(line)).toBe(expected);
});
