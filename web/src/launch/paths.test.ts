import { expect, it } from "vitest";
import { join, toCrumbs, toStartFolder } from "./paths.ts";

it("splits a path into the folders on the way", () => {
  expect(toCrumbs("/home/alice/")).toEqual([
    { name: "/", path: "/" },
    { name: "home", path: "/home" },
    { name: "alice", path: "/home/alice" },
  ]);
  expect(toCrumbs("/")).toHaveLength(1);
});

it("joins a folder and a name, also at the root", () => {
  expect([join("/", "etc"), join("/home", "alice")]).toEqual(["/etc", "/home/alice"]);
});

it("begins where the chosen one lies, else at home", () => {
  expect(toStartFolder("/data/run", "folder")).toBe("/data/run");
  expect(toStartFolder("/data/run/x.ipynb", "file")).toBe("/data/run");
  expect(toStartFolder("/x.ipynb", "file")).toBe("/");
  expect(toStartFolder("notes", "folder")).toBe("");
  expect(toStartFolder("", "file")).toBe("");
});
