import { describe, expect, it } from "vitest";
import { findMissing, type LockedPackages } from "../script/complete-lockfile.ts";
import { readText } from "./repository.ts";

const { packages } = JSON.parse(readText("package-lock.json")) as { packages: LockedPackages };

describe("the lockfile", () => {
  it("names the optional packages of every platform, without which npm 11 refuses it (else run script/complete-lockfile.ts)", () => {
    expect(findMissing(packages)).toEqual({});
  });

  it("would be caught without them", () => {
    const entry = { version: "1.0.0", dev: true, optionalDependencies: { "@tool/linux-x64-musl": "1.0.0", "@tool/linux-x64": "1.0.0" } };
    expect(findMissing({ "node_modules/tool": entry, "node_modules/@tool/linux-x64": { version: "1.0.0" } })).toEqual({
      "node_modules/@tool/linux-x64-musl": { version: "1.0.0", cpu: ["x64"], dev: true, libc: ["musl"], optional: true, os: ["linux"] },
    });
  });

  it("names no registry's host: packages come from whichever is configured", () => {
    expect(Object.entries(packages).filter(([, { resolved }]) => resolved?.includes("://"))).toEqual([]);
  });
});
