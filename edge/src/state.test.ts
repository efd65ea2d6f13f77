import type { Revocation, Route } from "@fairway/contract/feed.ts";
import { describe, expect, it } from "vitest";
import { EdgeState } from "./state.ts";

const route = (prefix: string, sessionId: string): Route => ({
  sessionId,
  prefix,
  owner: "alice",
  appTitle: "App",
  state: "ready",
  stateSince: 0,
  label: "Ready",
  line: "",
  next: null,
  upstream: null,
  inject: null,
});

describe("the state", () => {
  it("finds the longest prefix, by whole segments", () => {
    const state = new EdgeState(() => 0);
    state.load({ keys: [], routes: [route("/user/alice/", "default"), route("/user/alice/gpu/", "gpu")], revocations: [] });
    const found = (below: string) => state.findRoute(below)?.sessionId;
    expect(found("/user/alice/lab")).toBe("default");
    expect(found("/user/alice/gpu/lab/tree")).toBe("gpu");
    expect(found("/user/alice/gpu/")).toBe("gpu");
    expect(found("/user/alice/gpus/")).toBe("default");
    expect(found("/user/alic/")).toBeUndefined();
    expect(found("/user/alice2/gpu/")).toBeUndefined();
  });

  it("tells of what a new snapshot takes away, and of nothing twice", () => {
    const state = new EdgeState(() => 0);
    const told: string[] = [];
    state.listen({
      routeChanged: (before, after) => told.push(`${before?.sessionId ?? "-"} ${after?.sessionId ?? "-"}`),
      revoked: (revocation) => told.push(revocation.kind),
    });
    const revocations: Revocation[] = [{ kind: "login", id: "l", at: 0 }];
    state.load({ keys: [], routes: [route("/user/alice/", "a"), route("/user/bob/", "b")], revocations });
    told.length = 0;
    state.load({ keys: [], routes: [route("/user/alice/", "a2")], revocations });
    expect(told).toEqual(["b -", "a a2"]);
  });

  it("voids a user's cookies from before the revocation, also of the same second", () => {
    const state = new EdgeState(() => 10_000);
    state.load({ keys: [], routes: [], revocations: [{ kind: "user", user: "alice", at: 10_500 }] });
    const isRevoked = (iat: number, sub = "alice") => state.isRevoked({ sub, sid: "s", iat, exp: iat + 600 });
    expect([isRevoked(9), isRevoked(10), isRevoked(11), isRevoked(9, "bob")]).toEqual([true, true, false, false]);
  });

  it("forgets a revocation when no cookie can be that old", () => {
    let now = 0;
    const state = new EdgeState(() => now);
    state.load({ keys: [], routes: [], revocations: [{ kind: "login", id: "l", at: 0 }] });
    now = 1_199_000;
    expect(state.save().revocations).toHaveLength(1);
    now = 1_201_000;
    expect(state.save().revocations).toHaveLength(0);
  });
});
