import { describe, expect, it } from "vitest";
import { EdgeConfig } from "./config.ts";

const GOOD = {
  baseUrl: "/jupyter/",
  siteName: "Site",
  publicOrigins: ["https://hub.example.org"],
  listeners: [{ kind: "unix", path: "/run/fairway/edge.sock", mode: "0660" }],
  trustedProxies: ["10.0.0.0/8"],
  hubSocket: "/run/fairway/hub.sock",
  feedSocket: "/run/fairway/feed.sock",
  snapshotFile: "/var/lib/fairway/edge.json",
  webDir: "/usr/share/fairway/web",
};

describe("the edge's configuration", () => {
  it("reads a mode as people write it", () => {
    expect(EdgeConfig.parse(GOOD).listeners).toEqual([{ kind: "unix", path: "/run/fairway/edge.sock", mode: 0o660 }]);
  });
  it.each([
    ["an unknown key", { surprise: 1 }],
    ["a base URL without a slash", { baseUrl: "jupyter" }],
    ["a base URL that could leave the path", { baseUrl: "/a b/" }],
    ["an origin with a path", { publicOrigins: ["https://hub.example.org/"] }],
    ["no listener", { listeners: [] }],
    ["a socket path longer than the system takes", { listeners: [{ kind: "unix", path: `/${"x".repeat(108)}`, mode: 0o600 }] }],
  ])("refuses %s", (_name, change) => {
    expect(EdgeConfig.safeParse({ ...GOOD, ...change }).success).toBe(false);
  });
});
