import { createHash, randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { FeedMessage, type Route } from "@fairway/contract/feed.ts";
import { pino } from "pino";
import { Pool } from "undici";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { listenOnSocket } from "../http/listen.ts";
import { createIdentity } from "../identity/index.ts";
import { createDemoProvider } from "../identity/providers/demo.ts";
import type { IdentityService } from "../identity/types.ts";
import { openTemporaryStore } from "../store/testing/sample.ts";
import type { RouteChange, RouteSource } from "./routes.ts";
import { createEdgeFeed } from "./server.ts";

const now = 1_700_000_000_000;
const route = (changes: Partial<Route> = {}): Route => ({
  sessionId: "abcdefghjkmn",
  prefix: "/user/alice/",
  owner: "alice",
  appTitle: "JupyterLab",
  state: "ready",
  stateSince: now,
  label: "Ready",
  line: "Running.",
  next: null,
  upstream: { kind: "tcp", host: "c1", port: 20001, pin: null },
  inject: { header: "Authorization", value: "token upstream-secret" },
  ...changes,
});

/** Routes in memory; `beforeSnapshot` happens after the subscription, while the snapshot is being made. */
class MemoryRoutes implements RouteSource {
  readonly listeners = new Set<(change: RouteChange) => void>();
  readonly activity: { via: string; sessions: Record<string, number> }[] = [];
  beforeSnapshot: () => void = () => {};

  async snapshot(): Promise<readonly Route[]> {
    this.beforeSnapshot();
    return [route()];
  }

  subscribe(listener: (change: RouteChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  recordActivity(lastActivity: ReadonlyMap<string, number>, via: string): void {
    this.activity.push({ via, sessions: Object.fromEntries(lastActivity) });
  }

  tell(change: RouteChange): void {
    for (const listener of this.listeners) listener(change);
  }
}

let identity: IdentityService;
let routes: MemoryRoutes;
let pool: Pool;
let socketPath: string;
let close: () => Promise<void>;
let stop: () => Promise<void>;

beforeEach(async () => {
  const { store, path, remove } = await openTemporaryStore();
  const clock = { now: () => now };
  const providers = [createDemoProvider({ users: new Map([["alice", "pw"]]), isDemo: true })];
  identity = await createIdentity({ store, clock, masterKey: randomBytes(32), providers, admins: [] });
  routes = new MemoryRoutes();
  const app = createEdgeFeed({ identity, routes, clock, log: pino({ enabled: false }), pingMs: 20 });
  socketPath = join(dirname(path), "feed.sock");
  await listenOnSocket(app, socketPath);
  pool = new Pool("http://hub", { socketPath });
  close = async () => app.close();
  stop = async () => {
    await app.close();
    await pool.destroy();
    await remove();
  };
});
afterEach(() => stop());

async function* follow(): AsyncGenerator<FeedMessage> {
  const answer = await pool.request({ method: "GET", path: "/feed" });
  expect(answer.statusCode).toBe(200);
  let rest = "";
  for await (const chunk of answer.body) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield FeedMessage.parse(JSON.parse(line));
  }
}

async function nextChange(feed: AsyncGenerator<FeedMessage>): Promise<FeedMessage> {
  for (;;) {
    const { value, done } = await feed.next();
    if (done) throw new Error("the feed has ended");
    if (value.kind !== "ping") return value;
  }
}

async function post(path: string, body: unknown) {
  const answer = await pool.request({ method: "POST", path, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const text = await answer.body.text();
  return { status: answer.statusCode, json: text === "" ? null : (JSON.parse(text) as unknown) };
}

it("can be reached by our own account alone", () => {
  expect(statSync(socketPath).mode & 0o777).toBe(0o600);
});

it("begins with a snapshot, then numbers every message one higher", async () => {
  const { actor } = await identity.signIn("alice", "pw", { address: "::1" });
  const feed = follow();
  const first = await nextChange(feed);
  expect(first).toMatchObject({ seq: 1, kind: "snapshot", state: { keys: identity.feedKeys(), routes: [route()], revocations: [] } });
  routes.tell({ kind: "route", route: route({ state: "unreachable" }) });
  routes.tell({ kind: "route-gone", prefix: "/user/alice/", sessionId: "abcdefghjkmn" });
  await identity.signOut(actor);
  const seen = [await nextChange(feed), await nextChange(feed), await nextChange(feed)];
  expect(seen).toMatchObject([{ kind: "route" }, { kind: "route-gone" }, { kind: "revoked", revocation: { kind: "login" } }]);
  let last = seen[2]?.seq ?? 0;
  for (let pings = 0; pings < 3; pings += 1) {
    const { value } = await feed.next();
    expect(value).toMatchObject({ kind: "ping", seq: last + 1 });
    last += 1;
  }
  await feed.return(undefined);
  await vi.waitFor(() => expect(routes.listeners.size).toBe(0), { timeout: 20_000 });
});

it("loses no change that happens while the snapshot is made", async () => {
  routes.beforeSnapshot = () => routes.tell({ kind: "route", route: route({ state: "ended", upstream: null, inject: null }) });
  const feed = follow();
  expect((await nextChange(feed)).kind).toBe("snapshot");
  expect(await nextChange(feed)).toMatchObject({ seq: 2, kind: "route", route: { state: "ended" } });
  await feed.return(undefined);
});

it("tells an edge that connects later of what was revoked before", async () => {
  const { actor } = await identity.signIn("alice", "pw", { address: "::1" });
  await identity.signOut(actor);
  const feed = follow();
  expect(await nextChange(feed)).toMatchObject({ kind: "snapshot", state: { revocations: [{ kind: "login", at: now }] } });
  await feed.return(undefined);
});

it("fails whole when no snapshot can be made: half a feed would unroute everybody", async () => {
  routes.beforeSnapshot = () => {
    throw new Error("the database is away");
  };
  const answer = await pool.request({ method: "GET", path: "/feed" });
  await answer.body.dump();
  expect(answer.statusCode).toBe(500);
  expect(routes.listeners.size).toBe(0);
});

it("ends its feeds with the hub, instead of holding it up", async () => {
  const feed = follow();
  await nextChange(feed);
  await close();
  for (let next = await feed.next(); next.done !== true; next = await feed.next());
  expect(routes.listeners.size).toBe(0);
});

it("looks tokens up by their hash; renews sign-ins; answers 404 and 401 for void ones", async () => {
  const { actor, login } = await identity.signIn("alice", "pw", { address: "::1" });
  const { token, info } = await identity.createToken(actor, { note: "x", scopes: ["access:servers"], expiresInSeconds: 60 });
  const sha256 = createHash("sha256").update(token).digest("hex");
  expect(await post("/tokens/lookup", { sha256 })).toEqual({
    status: 200,
    json: { id: info.id, user: "alice", scopes: ["access:servers"], expiresAt: now + 60_000 },
  });
  expect((await post("/tokens/lookup", { sha256: "0".repeat(64) })).status).toBe(404);
  expect((await post("/tokens/lookup", { sha256: token })).status).toBe(422);
  expect(await post("/logins/renew", { login })).toMatchObject({ status: 200, json: { user: "alice", maxAgeSeconds: 600 } });
  await identity.signOut(actor);
  expect((await post("/logins/renew", { login })).status).toBe(401);
  expect((await post("/logins/renew", { login: "x".repeat(201) })).status).toBe(422);
});

it("passes on when sessions saw traffic and by which way, never in the future; who does not say is an edge of before", async () => {
  const sessions = { abcdefghjkmn: now - 5, zyxwvutsrqpn: now + 3_600_000 };
  const seen = { abcdefghjkmn: now - 5, zyxwvutsrqpn: now };
  expect((await post("/activity", { via: "door", sessions })).status).toBe(204);
  expect((await post("/activity", { sessions })).status).toBe(204);
  expect(routes.activity).toEqual([
    { via: "door", sessions: seen },
    { via: "edge", sessions: seen },
  ]);
});
