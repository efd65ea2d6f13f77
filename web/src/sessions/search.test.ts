import { describe, expect, it } from "vitest";
import { makeSession } from "../testing/session-fixture.ts";
import { filterSessions, toFoundLine } from "./search.ts";

describe("filterSessions", () => {
  it("finds by every word, wherever it stands on the row", () => {
    const mine = makeSession();
    const other = makeSession({ id: "b".repeat(12), user: "bob" });
    expect(filterSessions([mine, other], "BOB jupyter")).toEqual([other]);
    expect(filterSessions([mine, other], "bob c9")).toEqual([]);
    expect(filterSessions([mine, other], " ")).toHaveLength(2);
  });
});

describe("toFoundLine", () => {
  it("says among how many was looked, and never that there is none while there are more", () => {
    expect(toFoundLine({ found: 0, loaded: 200, hasMore: true })).toBe(
      "None of the newest 200 matches. Load older ones, or clear the filter.",
    );
    expect(toFoundLine({ found: 0, loaded: 200, hasMore: false })).toBe("None of them matches. Clear the filter to see all.");
    expect(toFoundLine({ found: 3, loaded: 200, hasMore: true })).toBe("3 sessions, of the newest 200.");
    expect(toFoundLine({ found: 1, loaded: 200, hasMore: false })).toBe("1 session.");
  });
});
