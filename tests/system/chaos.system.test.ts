/** A short chaos for every day; `npm run soak -- chaos --kills 200` is the long one. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { demoProfiles } from "../../deploy/demo/profiles.ts";
import { runChaos } from "../soak/chaos.ts";
import { type Fixture, startSite } from "./fixture.ts";

const KILLS = Number(process.env.FAIRWAY_KILLS ?? 8);

let site: Fixture;

beforeAll(async () => {
  site = await startSite("chaos", 18_110, { config: { profiles: demoProfiles.filter(({ name }) => name === "noop") } });
});
afterAll(async () => site?.end());

test(
  `the hub killed at random ${KILLS} times among launches and stops: live jobs and open sessions are the same`,
  async () => {
    const people = await Promise.all(["alice", "bob", "teacher"].map((name) => site.person(name)));
    const outcome = await runChaos({ site, people, kills: KILLS, seed: 4 });
    expect(outcome.duplicates).toEqual([]);
    expect(outcome.falselyEnded).toEqual([]);
    expect(outcome.launches).toBeGreaterThan(0);
  },
  KILLS * 30_000 + 400_000,
);
