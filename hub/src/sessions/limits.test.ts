import { expect, test } from "vitest";
import { parseConfig } from "../config/load.ts";
import { toBounds } from "./limits.ts";
import { withProfiles } from "./testing/profiles.ts";

const { limits } = parseConfig(
  withProfiles([], {
    limits: {
      sessions_per_user: 3,
      groups: {
        students: { sessions_per_user: 1, sessions: 40 },
        tutors: { sessions_per_user: 4 },
        guests: { sessions_per_user: 0 },
        project_x: { sessions: 10 },
      },
    },
  }),
);

test.each([
  [[], 3, "this site", []],
  [["staff"], 3, "this site", []],
  [["students"], 1, "the group students", ["students"]],
  [["students", "tutors"], 4, "the group tutors", ["students"]],
  [["guests"], 0, "the group guests", []],
  [["guests", "students", "project_x"], 1, "the group students", ["students", "project_x"]],
  [["constructor", "__proto__", "toString"], 3, "this site", []],
])("a member of %j", (groups, sessions, source, totals) => {
  const bounds = toBounds(limits, groups);
  expect({ ...bounds, groups: bounds.groups.map(({ name }) => name) }).toEqual({ sessions, source, groups: totals });
});
