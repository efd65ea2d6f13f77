import { expect, it } from "vitest";
import { makeJob, makeSession, NOW } from "../testing/session-fixture.ts";
import { toGain } from "./extension.ts";

const HOUR = 3_600_000;
const withLatest = (latestEndsAt: number) =>
  makeSession({ job: makeJob({ endsAt: NOW + HOUR }), extension: { kind: "possible", bySeconds: 3600, latestEndsAt } });

it("gives one step, and no more than the site allows in all", () => {
  expect(toGain(withLatest(NOW + 9 * HOUR))).toMatchObject({ seconds: 3600, endsAt: NOW + 2 * HOUR });
  expect(toGain(withLatest(NOW + 1.5 * HOUR))).toMatchObject({ seconds: 1800, endsAt: NOW + 1.5 * HOUR });
  expect(toGain(withLatest(NOW + HOUR + 59_000))).toBeNull();
});

it("gives nothing where it is refused or has no end", () => {
  expect(toGain(makeSession({ extension: { kind: "refused", line: "Not here." } }))).toBeNull();
  expect(toGain({ ...withLatest(NOW + 9 * HOUR), job: makeJob({ endsAt: null }) })).toBeNull();
  expect(toGain(makeSession())).toBeNull();
});
