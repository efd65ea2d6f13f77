import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import type { Command } from "../types.ts";
import { REMOTE_COMMAND, readRemoteAnswer, toRemoteLine } from "./remote-line.ts";

const NONCE = "0123456789abcdef";
const lineOf = (command: Command) => toRemoteLine(command, 7, NONCE);

test("it is one line, whatever stands in it", () => {
  const line = lineOf({ argv: ["printf", "a\nb\n", "it's"], env: { ODD: "\n" } });
  expect(line).not.toContain("\n");
  expect(line).toContain(`'a'"$n"'b'"$n"''`);
  expect(line).toContain(`'it'\\''s'`);
});

test("a shell that reads it runs the program with its words", () => {
  const input = `${lineOf({ argv: ["/bin/sh", "-c", 'cat; printf "%s." "$@"', "sh", "a b", "$x", "\n", "*", ""] })}\nhello\n`;
  const stdout = execFileSync("/bin/sh", ["-c", REMOTE_COMMAND], { input, encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] });
  expect(stdout).toBe(`${NONCE}\nhello\na b.$x.\n.*..`);
});

test("what no argument or variable can hold is refused", () => {
  expect(() => lineOf({ argv: ["a\0b"] })).toThrow(TypeError);
  expect(() => lineOf({ argv: ["a"], env: { "A;touch x": "1" } })).toThrow(TypeError);
});

test("the frame tells output from what a login shell says", () => {
  const read = (stdout: string, stderr: string) => readRemoteAnswer({ stdout, stderr }, NONCE);
  expect(read(`motd\n${NONCE}\nout`, `rc\n${NONCE}\nerr\n${NONCE} 3\n`)).toEqual({
    kind: "ended",
    exitCode: 3,
    stdout: "out",
    stderr: "err",
  });
  expect(read(`${NONCE}\n`, `${NONCE}\n\n${NONCE} 0\n`)).toEqual({ kind: "ended", exitCode: 0, stdout: "", stderr: "" });
  expect(read(`${NONCE}\n`, `${NONCE}\n\n${NONCE} missing\n`)).toEqual({ kind: "missing" });
});

test("without an end how it ended is not known; without a beginning, nothing is", () => {
  expect(readRemoteAnswer({ stdout: `${NONCE}\nout`, stderr: `${NONCE}\n` }, NONCE)).toEqual({ kind: "cut_off" });
  expect(readRemoteAnswer({ stdout: "", stderr: "Session open refused by peer" }, NONCE)).toEqual({ kind: "silent" });
});
