import { NewToken } from "@fairway/contract/accounts.ts";
import { SessionEvent } from "@fairway/contract/api.ts";
import { LogChunk } from "@fairway/contract/sessions.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { StreamLimits } from "./event-stream.ts";
import { FROM_EDGE, startHub, type TestHub } from "./testing/hub.ts";
import { sampleView } from "./testing/memory-sessions.ts";

let hub: TestHub;
const start = async (streamLimits?: StreamLimits) => {
  hub = await startHub(streamLimits === undefined ? {} : { streamLimits });
};
beforeEach(() => start());
afterEach(() => hub.stop());

/** The raw text of a stream, read until `isEnough` or its end. */
async function* open(path: string, headers: Record<string, string>): AsyncGenerator<string> {
  const answer = await hub.pool.request({ method: "GET", path, headers: { ...FROM_EDGE, ...headers } });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers).toMatchObject({
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  for await (const chunk of answer.body) yield String(chunk);
}

async function* dataOf(stream: AsyncGenerator<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream) {
    const blocks = (rest + chunk).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) if (block.startsWith("data: ")) yield block.slice(6);
  }
}

async function* eventsOf(stream: AsyncGenerator<string>): AsyncGenerator<SessionEvent> {
  for await (const data of dataOf(stream)) yield SessionEvent.parse(JSON.parse(data));
}

async function nextOf(events: AsyncGenerator<SessionEvent>): Promise<SessionEvent> {
  const { value, done } = await events.next();
  if (done) throw new Error("the stream has ended");
  return value;
}

async function expectEnd(events: AsyncGenerator<SessionEvent>): Promise<void> {
  // Not `for await … break`: that would end the stream from our side.
  for (let next = await events.next(); next.done !== true; next = await events.next());
  await vi.waitFor(() => expect(hub.sessions.listenerCount).toBe(0), { timeout: 20_000 });
}

describe("the stream of events", () => {
  it("tells the present first, then each change, of one's own sessions alone", async () => {
    hub.sessions.put(sampleView());
    hub.sessions.put(sampleView({ id: "bobbobbobbob", user: "bob" }));
    const events = eventsOf(open("/api/v1/events", await hub.signIn("alice")));
    expect(await nextOf(events)).toMatchObject({ kind: "session", session: { id: "abcdefghjkmn", state: "requested" } });
    expect(await nextOf(events)).toEqual({ kind: "clusters", clusters: [] });
    hub.sessions.put(sampleView({ id: "bobbobbobbob", user: "bob", state: "ready" }));
    hub.sessions.put(sampleView({ state: "pending" }));
    expect(await nextOf(events)).toMatchObject({ session: { user: "alice", state: "pending" } });
    await events.return(undefined);
  });

  it("of one session tells of that one", async () => {
    hub.sessions.put(sampleView());
    const events = eventsOf(open("/api/v1/sessions/abcdefghjkmn/events", await hub.signIn("alice")));
    expect(await nextOf(events)).toMatchObject({ session: { state: "requested" } });
    hub.sessions.put(sampleView({ id: "otherotherot" }));
    hub.sessions.put(sampleView({ state: "ready" }));
    expect(await nextOf(events)).toMatchObject({ session: { id: "abcdefghjkmn", state: "ready" } });
    await events.return(undefined);
  });

  it("lets go of everything when its client goes", async () => {
    const events = eventsOf(open("/api/v1/events", await hub.signIn("alice")));
    await nextOf(events);
    expect(hub.sessions.listenerCount).toBe(1);
    await events.return(undefined);
    await vi.waitFor(() => expect(hub.sessions.listenerCount).toBe(0), { timeout: 20_000 });
  });

  it("subscribes to nothing when the present cannot be told", async () => {
    const headers = await hub.signIn("alice");
    hub.sessions.failure = new Error("away");
    expect((await hub.ask("GET", "/api/v1/events", { headers })).status).toBe(500);
    expect(hub.sessions.listenerCount).toBe(0);
  });

  it("ends at once when its sign-in ends, and only that", async () => {
    const alice = await hub.signIn("alice");
    const mine = eventsOf(open("/api/v1/events", alice));
    const elsewhere = eventsOf(open("/api/v1/events", await hub.signIn("alice")));
    await Promise.all([nextOf(mine), nextOf(elsewhere)]);
    await hub.ask("POST", "/api/v1/sign-out", { headers: alice });
    while (!(await mine.next()).done);
    expect(hub.sessions.listenerCount).toBe(1);
    await elsewhere.return(undefined);
  });

  it("ends at once when its token is revoked, or its person disabled", async () => {
    const headers = await hub.signIn("alice");
    const body = { note: "x", scopes: ["read:servers"], expiresInSeconds: 60 };
    const { json } = await hub.ask("POST", "/api/v1/tokens", { headers, body });
    const events = eventsOf(open("/api/v1/events", { authorization: `Bearer ${NewToken.parse(json).token}` }));
    await nextOf(events);
    await hub.ask("DELETE", `/api/v1/tokens/${NewToken.parse(json).info.id}`, { headers });
    await expectEnd(events);

    const bob = eventsOf(open("/api/v1/events", await hub.signIn("bob")));
    await nextOf(bob);
    const admin = await hub.identity.byCookie(/__Host-fairway=([^;]+)/.exec((await hub.signIn("carol")).cookie)?.[1] ?? "");
    if (admin === null) throw new Error("carol is not signed in");
    await hub.identity.setDisabled(admin, "bob", true);
    await expectEnd(bob);
  });

  it("drops a client that does not read, instead of keeping everything for it", async () => {
    await hub.stop();
    await start({ maxBufferedBytes: 100_000 });
    const answer = await hub.pool.request({
      method: "GET",
      path: "/api/v1/events",
      headers: { ...FROM_EDGE, ...(await hub.signIn("alice")) },
    });
    expect(hub.sessions.listenerCount).toBe(1);
    const bulk = "x".repeat(50_000);
    await vi.waitFor(
      () => {
        hub.sessions.put(sampleView({ detail: bulk }));
        expect(hub.sessions.listenerCount).toBe(0);
      },
      { timeout: 20_000 },
    );
    await expect(answer.body.text()).rejects.toThrow();
  });

  it("ends after a while, so that whoever comes again is asked again who they are", async () => {
    await hub.stop();
    await start({ maxLifeMs: 20 });
    await expectEnd(eventsOf(open("/api/v1/events", await hub.signIn("alice"))));
  });

  it("keeps proxies awake, and says how soon to come again", async () => {
    await hub.stop();
    await start({ keepAliveMs: 5 });
    const stream = open("/api/v1/events", await hub.signIn("alice"));
    let text = "";
    while (!text.includes(": still here\n\n")) text += (await stream.next()).value ?? "";
    expect(text).toMatch(/^retry: 2000\n\n/);
    await stream.return(undefined);
  });

  it("does not hold up the hub's end", async () => {
    const events = eventsOf(open("/api/v1/events", await hub.signIn("alice")));
    await nextOf(events);
    await hub.close();
    await expectEnd(events);
  });

  it("is not opened without end by one person", async () => {
    const headers = await hub.signIn("alice");
    const streams = [];
    for (let i = 0; i < 50; i += 1) {
      const stream = open("/api/v1/events", headers);
      await stream.next();
      streams.push(stream);
    }
    expect((await hub.ask("GET", "/api/v1/events", { headers })).status).toBe(429);
    for (const stream of streams) await stream.return(undefined);
  });
});

describe("the stream of a log", () => {
  const path = "/api/v1/sessions/abcdefghjkmn/log/events";

  async function* chunksOf(stream: AsyncGenerator<string>): AsyncGenerator<LogChunk> {
    for await (const data of dataOf(stream)) yield LogChunk.parse(JSON.parse(data));
  }
  const chunk = (text: string, offset: number, state: LogChunk["state"] = "growing") => {
    const nextOffset = offset + text.length;
    return { text, offset, nextOffset, sizeBytes: nextOffset, state };
  };

  it("tells it from the offset, then what is added, and ends when it is complete", async () => {
    hub.sessions.put(sampleView());
    const chunks = chunksOf(open(`${path}?offset=7`, await hub.signIn("alice")));
    expect((await chunks.next()).value).toEqual(chunk("line\n", 7));
    void hub.logs.add(chunk("more\n", 12));
    expect((await chunks.next()).value).toEqual(chunk("more\n", 12));
    void hub.logs.add(chunk("", 17, "complete"));
    expect((await chunks.next()).value).toEqual(chunk("", 17, "complete"));
    expect((await chunks.next()).done).toBe(true);
    await vi.waitFor(() => expect(hub.logs.listenerCount).toBe(0), { timeout: 20_000 });
  });

  it("of somebody else is not there", async () => {
    hub.sessions.put(sampleView());
    expect((await hub.ask("GET", path, { headers: await hub.signIn("bob") })).status).toBe(404);
    expect((await hub.ask("GET", path)).status).toBe(401);
    expect(hub.logs.listenerCount).toBe(0);
  });

  it("lets go of everything when its client goes", async () => {
    hub.sessions.put(sampleView());
    const chunks = chunksOf(open(path, await hub.signIn("alice")));
    await chunks.next();
    expect(hub.logs.listenerCount).toBe(1);
    await chunks.return(undefined);
    await vi.waitFor(() => expect(hub.logs.listenerCount).toBe(0), { timeout: 20_000 });
  });

  it("waits for a client that is slow to read, instead of dropping it", async () => {
    hub.sessions.put(sampleView());
    const answer = await hub.pool.request({ method: "GET", path, headers: { ...FROM_EDGE, ...(await hub.signIn("alice")) } });
    let sent = 0;
    let isTaken = true;
    let taken = Promise.resolve();
    // Until the pipe is full: then there is something to wait for.
    while (isTaken) {
      isTaken = false;
      taken = hub.logs.add(chunk("#".repeat(50_000), sent));
      void taken.then(() => {
        isTaken = true;
      });
      sent += 50_000;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(hub.logs.listenerCount).toBe(1);
    const reading = answer.body.text();
    await taken;
    void hub.logs.add(chunk("", sent, "complete"));
    expect((await reading).split("#").length - 1).toBe(sent);
  });
});
