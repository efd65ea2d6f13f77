import { expect, it } from "vitest";
import { toUserCode } from "./user-code.ts";

it.each([
  ["ABCD-EFGH", "ABCD-EFGH"],
  [" abcd efgh ", "ABCD-EFGH"],
  ["abcdef23", "ABCD-EF23"],
  ["ABCD-EFG", null],
  ["ABCD-EFGH2", null],
  ["ABCD-EF01", null],
  ["", null],
])("%j is %j", (text, code) => {
  expect(toUserCode(text)).toBe(code);
});
