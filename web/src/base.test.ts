import { describe, expect, it } from "vitest";
import { readBase, toHref, toSafeNext } from "./base.ts";

describe("readBase", () => {
  it("takes the base as the edge wrote it, with its last slash", () => {
    expect(readBase("/")).toBe("/");
    expect(readBase("/jupyter/")).toBe("/jupyter/");
    expect(readBase("/jupyter")).toBe("/jupyter/");
  });

  it("falls back to the root where nothing sensible was filled in", () => {
    for (const content of [null, "", "%BASE%", "//elsewhere.example/", "https://elsewhere.example/"]) expect(readBase(content)).toBe("/");
  });
});

describe("toHref", () => {
  it("puts a path below the base", () => {
    expect(toHref("/", "/api/v1/me")).toBe("/api/v1/me");
    expect(toHref("/jupyter/", "/api/v1/me")).toBe("/jupyter/api/v1/me");
    expect(toHref("/jupyter/", "api/v1/me")).toBe("/jupyter/api/v1/me");
  });
});

describe("toSafeNext", () => {
  const origin = "https://hub.example";

  it("keeps a path below the base, with query and fragment", () => {
    expect(toSafeNext("/user/alice/lab?a=1#b", "/", origin)).toBe("/user/alice/lab?a=1#b");
    expect(toSafeNext("/jupyter/sessions", "/jupyter/", origin)).toBe("/jupyter/sessions");
  });

  it("refuses every way out of this origin", () => {
    const bad = [
      "https://evil.example/",
      "//evil.example/",
      "/\\evil.example/",
      "/\t/evil.example/",
      "\\\\evil.example",
      "javascript:alert(1)",
      "evil",
      "",
    ];
    for (const next of bad) expect(toSafeNext(next, "/", origin), next).toBeNull();
    expect(toSafeNext(undefined, "/", origin)).toBeNull();
  });

  it("refuses paths outside the base, also by dots, and the sign-in page itself", () => {
    expect(toSafeNext("/other", "/jupyter/", origin)).toBeNull();
    expect(toSafeNext("/jupyter/../other", "/jupyter/", origin)).toBeNull();
    expect(toSafeNext("/hub/login?next=/hub/login", "/", origin)).toBeNull();
  });
});
