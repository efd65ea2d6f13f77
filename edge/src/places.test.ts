import { describe, expect, it } from "vitest";
import { findPlace, findTerminal } from "./places.ts";

describe.each(["/", "/jupyter/", "/a/b/"])("places below %s", (base) => {
  it.each([
    ["", "redirect"],
    ["hub", "redirect"],
    ["hub/", "redirect"],
    ["hub/api", "version"],
    ["hub/api/", "version"],
    ["hub/api/user", "hub"],
    ["hub/apix", "nowhere"],
    ["hub/user-redirect", "own-session"],
    ["hub/user-redirect/git-pull", "own-session"],
    ["hub/user-redirects", "nowhere"],
    ["api/v1/me", "hub"],
    ["apix/v1", "nowhere"],
    ["user/alice/lab", "session"],
    ["user", "nowhere"],
    ["users/alice", "nowhere"],
    ["static/a.js", "asset"],
    ["hub/home", "portal"],
    ["hub/homework", "nowhere"],
    ["sessions/abc", "portal"],
    ["launch", "portal"],
  ])("%j is %s", (below, kind) => {
    expect(findPlace(base + below, base).kind).toBe(kind);
  });
});

it("nothing is above the base URL but the way into it", () => {
  expect(findPlace("/", "/a/b/")).toEqual({ kind: "redirect", to: "/a/b/" });
  expect(findPlace("/a/b", "/a/b/")).toEqual({ kind: "redirect", to: "/a/b/" });
  for (const path of ["/a", "/a/bc/hub/home", "/hub/home", "/user/alice/"]) expect(findPlace(path, "/a/b/").kind).toBe("nowhere");
});

it.each([
  ["/jupyter/terminal/abc234abc234/socket", { kind: "session", id: "abc234abc234" }],
  ["/jupyter/terminal/login@hpc/socket", { kind: "login-node", cluster: "hpc" }],
  ["/jupyter/terminal/login@HPC/socket", null],
  ["/jupyter/terminal/login@/socket", null],
  ["/jupyter/terminal/login%40hpc/socket", null],
  ["/jupyter/terminal/abc234abc234", null],
  ["/jupyter/terminal/abc234abc234/socket/", null],
  ["/jupyter/terminal/../socket", null],
  ["/terminal/abc234abc234/socket", null],
])("the terminal at %s is %j", (path, place) => {
  expect(findTerminal(path, "/jupyter/")).toEqual(place);
});
