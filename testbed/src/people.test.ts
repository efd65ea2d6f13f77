import { expect, test } from "vitest";
import { addPeople, findAccount, humansGroup, people, services } from "./people.ts";

const base = { passwd: "root:x:0:0:root:/root:/bin/bash\n", group: "root:x:0:\n", shadow: "root:*:19000:0:99999:7:::\n" };

test("everybody has a number of their own, above the system's", () => {
  expect(new Set(people.map((person) => person.uid)).size).toBe(people.length);
  expect(people.every((person) => person.uid > humansGroup.gid)).toBe(true);
});

test("people get a password, service accounts none", () => {
  const { shadow } = addPeople(base, "$6$salt$hash");
  expect(shadow).toContain("\nalice:$6$salt$hash:");
  expect(shadow).toContain("\nfairway:*:");
});

test("all people, and no service account, are in the group of humans", () => {
  const members = /^cluster-users:x:\d+:(.*)$/m.exec(addPeople(base, "x").group)?.[1]?.split(",");
  expect(members).toEqual(people.map((person) => person.name));
});

test("an account is found by its whole name only", () => {
  const { passwd } = addPeople(base, "x");
  expect(findAccount(passwd, "fairway")).toEqual({ uid: services.fairway.uid, gid: 970, home: "/var/lib/fairway", shell: "/bin/sh" });
  expect(findAccount(passwd, "student0")).toBeUndefined();
  expect(findAccount(passwd, "root")?.uid).toBe(0);
});
