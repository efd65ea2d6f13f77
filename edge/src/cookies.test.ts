import { describe, expect, it } from "vitest";
import { readCookies, setsOurCookie, toSetCookie, withoutOurCookies } from "./cookies.ts";

describe("our cookies in a Cookie header", () => {
  it.each([
    ["a=1; fairway=x; b=2", "a=1; b=2"],
    ["fairway=x; a=1", "a=1"],
    ["a=1;fairway=x", "a=1"],
    ["a=1;  fairway = x;b=2", "a=1;b=2"],
    ["fairway=x", null],
    ["__Secure-fairway-login=x; __Host-fairway=y", null],
    ["a=1;b=2 ;; c", "a=1;b=2 ;; c"],
    ["myfairway=1; fairway2=2; Fairway=3", "myfairway=1; fairway2=2; Fairway=3"],
    ['quoted="; fairway=x; "', 'quoted="; "'],
  ])("are taken out of %j", (header, rest) => {
    expect(withoutOurCookies(header)).toBe(rest);
  });
  it("are all read, with equals signs in them", () => {
    expect(readCookies("fairway=a=b; x=1; fairway=c", "fairway")).toEqual(["a=b", "c"]);
    expect(readCookies(undefined, "fairway")).toEqual([]);
  });
});

describe("an app's Set-Cookie", () => {
  it.each(["fairway=x", " fairway =x", "=fairway=x", "__host-FAIRWAY=x; Secure", "__Secure-fairway-login=; Max-Age=0", "fairway"])(
    "could be ours: %j",
    (value) => {
      expect(setsOurCookie(value)).toBe(true);
    },
  );
  it.each(["fairway-lab=x", "a=fairway=x", "x; fairway=y", "_xsrf=1"])("is its own: %j", (value) => {
    expect(setsOurCookie(value)).toBe(false);
  });
});

it("a renewed cookie is Secure where we are", () => {
  expect(toSetCookie("n", "v", 600, "/jupyter/", true)).toBe("n=v; Path=/jupyter/; Max-Age=600; HttpOnly; SameSite=Lax; Secure");
  expect(toSetCookie("n", "v", 600, "/", false)).not.toContain("Secure");
});
