import type { Profile } from "@fairway/contract/profiles.ts";
import { expect, it } from "vitest";
import { byLastUse } from "./last-use.ts";

const profiles = ["a", "b", "c", "d"].map((name) => ({ name }) as Profile);
const used = (name: string, createdAt: number) => ({ profile: { name, title: name }, createdAt });

it("puts the profiles used last first and keeps the administrator's order among the others", () => {
  const sessions = [used("c", 10), used("d", 20), used("c", 30), { profile: null, createdAt: 99 }, used("gone", 99)];
  expect(byLastUse(profiles, sessions).map(({ name }) => name)).toEqual(["c", "d", "a", "b"]);
  expect(byLastUse(profiles, [])).toEqual(profiles);
});
