/** What a launch or a link may ask to be opened: below the session's own address, however a browser reads it. */
import { describe, expect, test } from "vitest";
import { OpenPath } from "./sessions.ts";

const BASE = "https://site.example/user/alice/";

describe("is opened below the session", () => {
  test.each([
    "",
    "lab",
    "lab/tree/a%20b.ipynb",
    "lab/tree/файл.ipynb",
    "lab/tree/RTC:notes.ipynb",
    "git-pull?repo=https%3A%2F%2Fgit.example%2Fx&urlpath=lab%2Ftree%2Fx",
    "git-pull?repo=https://git.example/x/../y",
    "lab#../../x",
    "%2f%2fevil.example",
    "%5cevil.example",
    "lab/...",
    "lab//evil.example",
    "@evil.example",
    "tree;x=1",
    ".",
    "?x",
  ])("%j", (path) => {
    expect(OpenPath.safeParse(path).success).toBe(true);
    const target = new URL(`${BASE}${path}`);
    expect(target.href.startsWith(BASE)).toBe(true);
    // Some put it into an href by itself, on a page below that address.
    expect(new URL(path, BASE).origin).toBe("https://site.example");
  });
});

test.each([
  "/evil.example",
  "//evil.example",
  "\\evil.example",
  "\\\\evil.example",
  "/\\evil.example",
  "lab\\..\\..",
  "https://evil.example",
  "HTTPS:evil.example",
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "data:text/html,x",
  "vbscript:x",
  "..",
  "../bob/lab",
  "lab/../../bob",
  "lab/..",
  "%2e%2e/bob",
  "lab/%2E./bob",
  "lab/.%2e",
  " lab",
  "lab x",
  "\tlab",
  "java\nscript:alert(1)",
  "lab\u0000",
  "\u0001//evil.example",
  "lab\u007f",
  "lab\u0085x",
  "lab\u00a0x",
  "lab\u2028x",
  "lab\u202egnp.ipynb",
  "lab\u200bx",
  "\ufefflab",
  "lab\ud800",
  "a".repeat(2001),
])("%j is not", (path) => {
  expect(OpenPath.safeParse(path).success).toBe(false);
});
