/** What people can do with sessions, and with whose: the service on real rows and a cluster in memory. */
import type { SessionEvent } from "@fairway/contract/api.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { READY } from "./testing/rows.ts";
import { type Hub, person, Site } from "./testing/site.ts";
import type { Actor } from "./types.ts";

let site: Site;
let hub: Hub;
const alice = person("alice");
const bob = person("bob");
const root = person("root", "admin");
const NOT_FOUND = { code: "not_found", status: 404 };

beforeEach(async () => {
  site = await Site.open();
  hub = site.start();
});
afterEach(() => site.close());

const launch = (actor: Actor = alice, name = "") => hub.sessions.launch(actor, { profile: "small", name });
const only = (...scopes: string[]): Actor => ({ ...alice, scopes: new Set(scopes) as Actor["scopes"] });

describe("somebody else's session", () => {
  test("is not there: no look, no stop, no log, no relaunch, and no other answer than for one that never was", async () => {
    const { id } = await launch();
    const tries = (actor: Actor, what: string) => [
      () => hub.sessions.get(actor, what),
      () => hub.sessions.stop(actor, what),
      () => hub.logs.read(actor, what, 0),
      () => hub.logs.follow(actor, what, 0),
      () => hub.sessions.relaunch(actor, what),
    ];
    for (const attempt of tries(bob, id)) await expect(attempt()).rejects.toMatchObject(NOT_FOUND);
    const messages = await Promise.all(
      [...tries(bob, id), ...tries(bob, "zzzzzzzzzzzz")].map((attempt) => attempt().catch((error: Error) => error.message)),
    );
    expect(new Set(messages).size).toBe(1);
    expect(await hub.sessions.list(bob, { show: "all", limit: 50 })).toEqual([]);
    for (const user of ["alice", "*"])
      await expect(hub.sessions.list(bob, { show: "all", user, limit: 50 })).rejects.toMatchObject({ code: "not_allowed" });
  });

  test("an administrator sees and stops it, and cannot launch it again as themselves", async () => {
    const { id } = await launch();
    expect((await hub.sessions.get(root, id)).user).toBe("alice");
    expect(await hub.sessions.list(root, { show: "open", user: "*", limit: 50 })).toHaveLength(1);
    await hub.sessions.stop(root, id);
    await site.waitFor(id, { state: "ended", reason: "cancelled" });
    expect((await hub.sessions.get(alice, id)).line).toBe("The staff of this site stopped it.");
    await expect(hub.sessions.relaunch(root, id)).rejects.toMatchObject(NOT_FOUND);
  });

  test("its changes are told to its owner, and to an administrator who looks at it", async () => {
    const heard = new Map<string, string[]>();
    const listen = (who: string, actor: Actor, session: string | null) => {
      heard.set(who, []);
      return hub.sessions.subscribe(actor, session, (event: SessionEvent) => {
        if (event.kind === "session") heard.get(who)?.push(event.session.user);
      });
    };
    const stops = [listen("alice", alice, null), listen("bob", bob, null), listen("root", root, null)];
    const { id } = await launch();
    stops.push(listen("root at it", root, id), listen("bob at it", bob, id));
    await hub.sessions.stop(alice, id);
    await site.waitFor(id, { state: "ended" });
    for (const stop of stops) stop();
    expect(heard.get("alice")?.length).toBeGreaterThan(1);
    expect(heard.get("root at it")?.length).toBeGreaterThan(0);
    for (const who of ["bob", "bob at it", "root"]) expect(heard.get(who), who).toEqual([]);
  });
});

describe("a token of few scopes", () => {
  test.each([
    ["launch", "start:servers", () => hub.sessions.launch(only("read:servers"), { profile: "small" })],
    ["relaunch", "start:servers", () => hub.sessions.relaunch(only("read:servers"), "x")],
    ["stop", "delete:servers", () => hub.sessions.stop(only("read:servers"), "x")],
    ["get", "read:servers", () => hub.sessions.get(only("start:servers"), "x")],
    ["list", "read:servers", () => hub.sessions.list(only("start:servers"), { show: "all", limit: 1 })],
    ["read its log", "read:servers", () => hub.logs.read(only(), "x", 0)],
    ["follow its log", "read:servers", () => hub.logs.follow(only(), "x", 0)],
    ["subscribe", "read:servers", async () => hub.sessions.subscribe(only(), null, () => {})],
  ] as const)("%s needs %s", async (_, scope, attempt) => {
    await expect(attempt()).rejects.toMatchObject({ code: "not_allowed", message: expect.stringContaining(scope) as unknown as string });
  });
});

describe("a launch", () => {
  test("of two at once into one slot, one is made; both names of a slot are told apart", async () => {
    const results = await Promise.allSettled([launch(), launch(), launch(alice, "second")]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect((results[1] as PromiseRejectedResult).reason).toMatchObject({ code: "conflict" });
  });

  test("beyond the limit is refused, however fast they are asked for; others are not touched by it", async () => {
    const names = ["", "b", "c", "d", "e", "f", "g"];
    const results = await Promise.allSettled(names.map((name) => launch(alice, name)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
    for (const result of results) if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "limit_reached" });
    expect(await hub.sessions.limits(alice)).toEqual({ running: 5, allowed: 5, source: "this site" });
    await launch(bob);
  });

  test.each([
    [{ profile: "large" }, "profile"],
    [{ profile: "small", name: "lab" }, "name"],
    [{ profile: "small", name: "../x" }, "name"],
    [{ profile: "small", options: { cpus: 99 } }, "options.cpus"],
    [{ profile: "small", extra: 1 }, ""],
    [{ profile: "$(id)" }, "profile"],
  ])("%j: a clear refusal, and nothing was made", async (request, path) => {
    await expect(hub.sessions.launch(alice, request)).rejects.toMatchObject({ code: "invalid_input", fields: [{ path }] });
    expect(await site.store.sessions.countOpen("alice")).toBe(0);
    expect(site.cluster.submissions).toBe(0);
  });

  test("again, once it has ended, as it was; not before, and not of what the site no longer offers", async () => {
    const { id } = await launch(alice, "work");
    await expect(hub.sessions.relaunch(alice, id)).rejects.toMatchObject({ code: "conflict" });
    await hub.sessions.stop(alice, id);
    await site.waitFor(id, { state: "ended" });
    const again = await hub.sessions.relaunch(alice, id);
    expect(again).toMatchObject({ name: "work", profile: { name: "small" } });
    expect(again.id).not.toBe(id);
  });
});

describe("a stop", () => {
  test("may be asked for as often as one likes", async () => {
    const { id } = await launch();
    const states = await Promise.all([1, 2, 3].map(async () => (await hub.sessions.stop(alice, id)).state));
    for (const state of states) expect(["stopping", "ended"]).toContain(state);
    await site.waitFor(id, { state: "ended", reason: "stopped" });
    expect((await hub.sessions.stop(alice, id)).reason).toBe("stopped");
  });
});

describe("what the edge is told", () => {
  const route = async () => (await hub.routes.snapshot()).find(({ owner }) => owner === "alice");
  test("nothing to connect to, and no secret, but while it is ready or should be", async () => {
    const { id } = await launch();
    await site.waitFor(id, { state: "pending" });
    // From here on only the rows count.
    await hub.stop();
    for (const state of ["pending", "held", "starting", "suspended", "stopping", "ended"] as const) {
      const before = await site.store.sessions.get(id);
      await site.store.sessions.update(
        id,
        before?.state ?? "pending",
        { ...READY, state, endedAt: state === "ended" ? site.now() : null },
        null,
      );
      expect(await route(), state).toMatchObject({ state, upstream: null, inject: null });
    }
    await site.store.sessions.update(id, "ended", { state: "unreachable", reason: null, endedAt: null }, null);
    expect(await route()).toMatchObject({
      prefix: "/user/alice/",
      upstream: { host: "c1", port: 20_001, pin: expect.any(String) as unknown as string },
    });
  });
});
