import { describe, expect, test } from "vitest";
import { ConfigName, readTerminalSegment, SessionId, SessionName, TOKEN_PATTERN, toSessionPath, UserName } from "./names.ts";
import { RESERVED_SESSION_NAMES } from "./reserved-names.ts";
import { toTerminalSegment } from "./terminal-place.ts";

/** What could be read as something else by a URL, a shell, a file system or a scheduler. */
const HOSTILE = ["../x", "a/b", "a b", "a\nb", "a\0b", "-rf", "$(id)", "`id`", "a;b", "a%2fb", "é", "a".repeat(99), "#0", "a\u202eb", "A"];

describe("a user name", () => {
  test.each(["alice", "_svc", "a.b-c_d9", "x"])("%s", (name) => expect(UserName.safeParse(name).success).toBe(true));
  test.each([...HOSTILE, "", ".", "..", "9lives", "alice@example.org"])("not %j", (name) =>
    expect(UserName.safeParse(name).success).toBe(false),
  );
});

describe("a session's name", () => {
  test.each(["", "gpu", "my-second-one", "a1"])("%j", (name) => expect(SessionName.safeParse(name).success).toBe(true));
  test.each([...HOSTILE, "a--b", "a-", "1a", "a.b", "a_b", "x".repeat(31)])("not %j", (name) =>
    expect(SessionName.safeParse(name).success).toBe(false),
  );
  test.each(RESERVED_SESSION_NAMES)("not %s, which is a page of Jupyter's", (name) =>
    expect(SessionName.safeParse(name).success).toBe(false),
  );
});

describe("an id, and a name in the configuration", () => {
  test("have one form", () => {
    expect(SessionId.safeParse("abcdefgh2345").success).toBe(true);
    expect(ConfigName.safeParse("jupyter-lab_2").success).toBe(true);
  });
  test.each([...HOSTILE, "", "abcdefgh2340", "abcdefgh234", "abcdefgh23456", "abcdefgh234\n"])("not %j", (name) => {
    expect(SessionId.safeParse(name).success).toBe(false);
  });
  test.each([...HOSTILE, "", "constructor\n", "__proto__"])("not %j", (name) => expect(ConfigName.safeParse(name).success).toBe(false));
});

test("where a session lives, always with both slashes", () => {
  expect(toSessionPath("alice", "")).toBe("/user/alice/");
  expect(toSessionPath("alice", "gpu")).toBe("/user/alice/gpu/");
});

test("a token is known by its form, whole", () => {
  expect(TOKEN_PATTERN.test(`fwt_${"a".repeat(43)}`)).toBe(true);
  for (const other of [`fwt_${"a".repeat(42)}`, `x fwt_${"a".repeat(43)}`, `fwt_${"a".repeat(43)}\n`])
    expect(TOKEN_PATTERN.test(other)).toBe(false);
});

describe("where a browser's terminal is", () => {
  test.each([{ kind: "session", id: "abcdefgh2345" } as const, { kind: "login-node", cluster: "hpc_2" } as const])("%j", (place) =>
    expect(readTerminalSegment(toTerminalSegment(place))).toEqual(place),
  );
  test.each([...HOSTILE, ...HOSTILE.map((name) => `login@${name}`), "", "login@", "login@a@b", "abcdefgh2345/x"])("not %j", (text) =>
    expect(readTerminalSegment(text)).toBeNull(),
  );
});
