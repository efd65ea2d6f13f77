import { expect, it } from "vitest";
import { makeSession, NOW } from "../testing/session-fixture.ts";
import { byLatestEnd } from "./ended-lately.ts";

it("puts first what ended last, however long ago it was made", () => {
  const short = makeSession({ id: "short2222222", state: "ended", createdAt: NOW - 7000, endedAt: NOW - 5000 });
  const long = makeSession({ id: "long22222222", state: "ended", createdAt: NOW - 700_000, endedAt: NOW - 1000 });
  expect(byLatestEnd([short, long])).toEqual([long, short]);
});
