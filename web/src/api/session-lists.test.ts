import type { Session } from "@fairway/contract/sessions.ts";
import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import { makeSession, NOW } from "../testing/session-fixture.ts";
import { Changes } from "./changes.ts";
import { applyEvent } from "./live-cache.ts";
import { announceChange, joinPages, patchPages, patchSessionList, toNextPage, toSessionTitle } from "./session-lists.ts";
import type { SessionList } from "./types.ts";

const ended = { state: "ended", reason: "stopped", label: "Stopped", line: "You stopped it." } as const satisfies Partial<Session>;
const first = makeSession({ id: "aaaaaaaaaaaa", createdAt: NOW - 2000 });
const second = makeSession({ id: "bbbbbbbbbbbb", createdAt: NOW - 1000 });
const open = { show: "open", limit: 10 } as const;
const idsOf = (sessions: readonly Session[]) => sessions.map(({ id }) => id);

describe("patchSessionList", () => {
  it("puts a new session where its age says, and replaces a known one in its place", () => {
    expect(idsOf(patchSessionList([first], second, open))).toEqual([second.id, first.id]);
    const renamed = { ...first, label: "Starting" };
    expect(patchSessionList([second, first], renamed, open)).toEqual([second, renamed]);
  });

  it("moves an ended session from the open ones to the ended ones", () => {
    const gone = { ...first, ...ended };
    expect(idsOf(patchSessionList([second, first], gone, open))).toEqual([second.id]);
    expect(idsOf(patchSessionList([], gone, { show: "ended", limit: 10 }))).toEqual([first.id]);
  });

  it("leaves a list alone that the session has no place in", () => {
    const list = [first];
    expect(patchSessionList(list, { ...second, user: "bob" }, { ...open, user: "alice" })).toBe(list);
    expect(idsOf(patchSessionList(list, { ...second, user: "bob" }, { ...open, user: "*" }))).toHaveLength(2);
  });

  it("keeps to the length that was asked for", () => {
    expect(idsOf(patchSessionList([first], second, { show: "all", limit: 1 }))).toEqual([second.id]);
  });
});

describe("a history page by page", () => {
  const filter = { show: "ended", limit: 2 } as const;
  const made = (letter: string, age: number) => makeSession({ ...ended, id: letter.repeat(12), createdAt: NOW - age });
  const pages = [
    { sessions: [made("d", 1), made("c", 2)], next: NOW - 1 },
    { sessions: [made("b", 3), made("a", 4)], next: NOW - 3 },
  ];

  it("puts what has just ended into the page of its age, and leaves what lies beyond to the next page", () => {
    expect(patchPages(pages, made("x", 2.5), filter).map(({ sessions }) => idsOf(sessions)[0]?.[0])).toEqual(["d", "x"]);
    expect(patchPages(pages, made("x", 9), filter)).toEqual(pages);
    const last = pages.map((page, index) => (index === 1 ? { ...page, next: null } : page));
    expect(patchPages(last, made("x", 9), filter)[1]?.sessions).toHaveLength(3);
  });

  it("replaces in place, and takes out what no longer belongs", () => {
    const changed = { ...made("c", 2), line: "Its disk was full." };
    expect(patchPages(pages, changed, filter)[0]?.sessions[1]).toEqual(changed);
    expect(patchPages(pages, makeSession({ ...changed, state: "ready" }), filter)[0]?.sessions).toHaveLength(1);
    expect(patchPages(pages, makeSession(), filter)).toBe(pages);
  });

  it("goes on until a page is not full, and shows a session of two pages once", () => {
    expect(toNextPage([made("d", 1), made("c", 2)], 2)).toBe(NOW - 1);
    expect(toNextPage([made("d", 1)], 2)).toBeNull();
    expect(toNextPage([], 2)).toBeNull();
    const overlap = [pages[0] as (typeof pages)[0], { sessions: [made("c", 2), made("b", 2)], next: null }];
    expect(idsOf(joinPages(overlap)).map(([letter]) => letter)).toEqual(["d", "c", "b"]);
  });
});

describe("announceChange", () => {
  it("speaks when a person would see a difference, and only then", () => {
    const waiting = { ...first, label: "Waiting" };
    expect(announceChange(waiting, first)).toBe("JupyterLab · Small: Ready. JupyterLab is running on c2.");
    expect(announceChange(first, { ...first, lastActivityAt: NOW })).toBeNull();
    expect(announceChange(undefined, first)).toBeNull();
  });
});

describe("toSessionTitle", () => {
  it("says the app once", () => {
    expect(toSessionTitle(first)).toBe("JupyterLab · Small");
    expect(toSessionTitle({ ...first, profile: { name: "x", title: "JupyterLab, 2 cores" } })).toBe("JupyterLab, 2 cores");
    expect(toSessionTitle({ ...first, profile: null })).toBe("JupyterLab");
  });
});

describe("Changes", () => {
  it("lets news win over an answer that was asked for before it", () => {
    const changes = new Changes();
    const mark = changes.mark();
    const stopping = makeSession({ ...first, state: "stopping" });
    changes.hear(stopping);
    expect(changes.newest(first, mark)).toBe(stopping);
    expect(changes.bringUpToDate({ sessions: [first], now: NOW }, open, mark).sessions).toEqual([stopping]);
  });

  it("lets an answer win over news that was there before it was asked for", () => {
    const changes = new Changes();
    changes.hear(makeSession({ ...first, state: "stopping" }));
    const mark = changes.mark();
    expect(changes.newest(first, mark)).toBe(first);
    expect(changes.bringUpToDate({ sessions: [first], now: NOW }, open, mark).sessions).toEqual([first]);
  });
});

describe("applyEvent", () => {
  it("changes every view of the session at once, and says so", () => {
    const cache = new QueryClient();
    cache.setQueryData(["sessions", open], { sessions: [first], now: NOW });
    cache.setQueryData(["sessions", { show: "ended", limit: 5 }], { sessions: [], now: NOW });
    const said = applyEvent(cache, new Changes(), JSON.stringify({ kind: "session", session: { ...first, ...ended } }));
    expect(said).toBe("JupyterLab · Small: Stopped. You stopped it.");
    expect(cache.getQueryData<Session>(["session", first.id])?.state).toBe("ended");
    expect(cache.getQueryData<SessionList>(["sessions", open])?.sessions).toEqual([]);
    expect(cache.getQueryData<SessionList>(["sessions", { show: "ended", limit: 5 }])?.sessions).toHaveLength(1);
  });

  it("asks again what may be launched when one more or one fewer is open, and only then", () => {
    const isAskedAgain = (before: readonly Session[], after: Session) => {
      const cache = new QueryClient();
      cache.setQueryData(["profiles"], { profiles: [] });
      cache.setQueryData(["sessions", open], { sessions: before, now: NOW });
      applyEvent(cache, new Changes(), JSON.stringify({ kind: "session", session: after }));
      return cache.getQueryState(["profiles"])?.isInvalidated;
    };
    expect(isAskedAgain([first], { ...first, ...ended })).toBe(true);
    expect(isAskedAgain([first], second)).toBe(true);
    expect(isAskedAgain([first], { ...first, state: "stopping" })).toBe(false);
    expect(isAskedAgain([first], { ...first, lastActivityAt: NOW })).toBe(false);
  });

  it("takes the clusters, and passes over what it does not know", () => {
    const cache = new QueryClient();
    expect(applyEvent(cache, new Changes(), '{"kind":"clusters","clusters":[]}')).toBeNull();
    expect(cache.getQueryData(["clusters"])).toEqual({ clusters: [] });
    expect(applyEvent(cache, new Changes(), '{"kind":"weather"}')).toBeNull();
  });
});
