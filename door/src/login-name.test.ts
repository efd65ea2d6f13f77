import { expect, test } from "vitest";
import { parseLoginName } from "./login-name.ts";

test.each([
  ["alice", { kind: "person", user: "alice", session: null }],
  ["alice+", { kind: "person", user: "alice", session: null }],
  ["alice+gpu-2", { kind: "person", user: "alice", session: "gpu-2" }],
  ["a.b_c-d+x", { kind: "person", user: "a.b_c-d", session: "x" }],
  ["+abcdefgh2345", { kind: "tunnel", sessionId: "abcdefgh2345" }],
  ["", null],
  ["+", null],
  ["+alice", null],
  ["Alice", null],
  ["alice+lab", null],
  ["alice+a+b", null],
  ["alice+../x", null],
  ["root\n", null],
])("%j", (name, expected) => {
  expect(parseLoginName(name)).toEqual(expected);
});
