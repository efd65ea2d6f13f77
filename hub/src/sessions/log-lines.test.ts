import { describe, expect, it } from "vitest";
import { hideSecrets, toLogLines } from "./log-lines.ts";

describe("the end of a log as lines", () => {
  it("holds no control character, whatever a program wrote", () => {
    const text = "\u001b[31mred\u001b[0m\u001b]0;title\u0007 text\r\n\n  \n 10 %\r 50 %\r100 %\na\tb\u0000c\u0007\u009b31m\u202e\nlast";
    expect(toLogLines(text)).toEqual(["red text", "100 %", "a  bc31m", "last"]);
  });

  it("cuts what nobody reads to its end", () => {
    const [line = ""] = toLogLines("x".repeat(5000));
    expect([line.length, line.at(-1)]).toEqual([300, "…"]);
  });
});

describe("a line made to hold up the hub", () => {
  // Without a bound on the line, each takes half a minute and more; the limit is the runner's own.
  it.each([
    ["spaces behind a word", `authorization:${" ".repeat(256 * 1024)}`],
    ["beginnings of addresses", "a.".repeat(128 * 1024)],
    ["beginnings of web tokens", "-eyJaaaaaaaaaa".repeat(20_000)],
    ["returns", `${"\r".repeat(256 * 1024)}x`],
    ["lines of them", `authorization:${" ".repeat(1200)}\n`.repeat(200)],
  ])("is cut before it is looked at: %s", (_what, text) => {
    expect(toLogLines(text).every((line) => line.length <= 300)).toBe(true);
  });

  it("shows nothing of a secret that the cut has halved", () => {
    const [line = ""] = toLogLines(`${"x ".repeat(140)}token=${"s".repeat(5000)}`);
    expect(line).not.toContain("sss");
  });
});

describe("what looks like a secret is left out", () => {
  it.each([
    ["http://c1:20001/user/alice/lab?token=0123456789abcdef&x=1", "http://c1:20001/user/alice/lab?token=[hidden]&x=1"],
    ["export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI", "export AWS_SECRET_ACCESS_KEY=[hidden]"],
    ['{"password": "hunter2", "user": "alice"}', '{"password": "[hidden]", "user": "alice"}'],
    ["Authorization: Bearer abc.def", "Authorization: Bearer [hidden]"],
    ["Authorization: token abc", "Authorization: token [hidden]"],
    ["git clone https://alice:s3cret@git.example/x.git", "git clone https://alice:[hidden]@git.example/x.git"],
    ["using fwt_AbCdEf-123 now", "using [hidden] now"],
    ["id eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln end", "id [hidden] end"],
    [`key ${"0a".repeat(32)}.`, "key [hidden]."],
  ])("%s", (line, shown) => {
    expect(hideSecrets(line)).toBe(shown);
  });

  it.each([
    "ModuleNotFoundError: No module named 'tokenizers'",
    "commit 0b725c7f3a0b725c7f3a0b725c7f3a0b725c7f3a",
    "The gateway answered 403 to /enrol.",
    "2026-11-21 13:14:56  Ended with exit code 127.",
    "bash: /home/alice/secrets/run.sh: Permission denied",
  ])("and nothing else: %s", (line) => {
    expect(hideSecrets(line)).toBe(line);
  });
});
