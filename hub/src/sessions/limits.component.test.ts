/** Limits hold however many launches come at once: in one hub, and in several on one Postgres. */
import type { AppError } from "@fairway/contract/errors.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseConfig } from "../config/load.ts";
import { createGroups } from "../identity/groups.ts";
import { openStore, type Store } from "../store/index.ts";
import { BoundReached } from "../store/sessions.ts";
import { type Postgres, startPostgres } from "../store/testing/postgres.ts";
import { openTemporaryStore, sampleSession } from "../store/testing/sample.ts";
import { createSessionLimits, type SessionLimits } from "./limits.ts";
import { withProfiles } from "./testing/profiles.ts";

const skipsPostgres = process.env.FAIRWAY_SKIP_POSTGRES === "1";
if (skipsPostgres) console.warn("FAIRWAY_SKIP_POSTGRES=1: limits are NOT tested on Postgres");
const T0 = 1_700_000_000_000;

const STUDENTS = Array.from({ length: 12 }, (_, n) => `student${n + 1}`);
const config = parseConfig(
  withProfiles([], {
    groups: { class_a: STUDENTS, classxa: ["outsider"], tutors: ["student1"], guests: ["guest"] },
    limits: {
      sessions_per_user: 3,
      groups: {
        class_a: { sessions: 7 },
        classxa: { sessions: 2 },
        tutors: { sessions_per_user: 5 },
        guests: { sessions_per_user: 0 },
      },
    },
  }),
);
const { of: groupsOf } = createGroups({ groups: config.groups, exec: null, now: Date.now, onError: () => {} });

describe("on SQLite", () => {
  describeLimits(async () => {
    const { store, remove } = await openTemporaryStore();
    return { stores: [store], remove };
  });
});

describe.skipIf(skipsPostgres)("on Postgres, with two hubs", () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());
  describeLimits(async () => {
    const url = await postgres.createDatabase();
    const stores = [await openStore({ kind: "postgres", url }), await openStore({ kind: "postgres", url })];
    return { stores, remove: async () => void (await Promise.all(stores.map((store) => store.close()))) };
  });
});

function describeLimits(open: () => Promise<{ stores: readonly Store[]; remove: () => Promise<void> }>): void {
  let stores: readonly Store[];
  let limits: SessionLimits;
  let remove: () => Promise<void>;
  beforeEach(async () => {
    ({ stores, remove } = await open());
    limits = createSessionLimits({ limits: config.limits, groupsOf, store: (stores[0] as Store).sessions });
  });
  afterEach(() => remove());

  /** As a launch does it, by one hub or another. */
  const launch = async (user: string, name: string, hub = 0) => {
    const bounds = await limits.boundsOf(user);
    const store = stores[hub % stores.length] as Store;
    return store.sessions.insert(sampleSession({ user, name }), { at: T0, event: "launched" }, bounds);
  };
  const end = (id: string) => stores[0]?.sessions.update(id, "requested", { state: "ended", endedAt: T0 }, { at: T0, event: "ended" });

  /** All at once, from all hubs; nothing but a bound may stand in the way. */
  const rush = async (wishes: readonly (readonly [string, string])[]) => {
    const results = await Promise.allSettled(wishes.map(([user, name], hub) => launch(user, name, hub)));
    for (const result of results) if (result.status === "rejected") expect(result.reason).toBeInstanceOf(BoundReached);
    return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  };

  test("a person's own, however many come at once", async () => {
    const rows = await rush(Array.from({ length: 20 }, (_, n) => ["outside", `s${n}`] as const));
    expect(rows).toHaveLength(3);
    expect(await limits.describe("outside")).toEqual({ running: 3, allowed: 3, source: "this site" });
    await end(rows[0]?.id ?? "");
    await launch("outside", "again");
  });

  test("a group's total, however many come at once; whoever is not in it is not touched", async () => {
    const rows = await rush(STUDENTS.flatMap((user) => [[user, ""] as const, [user, "b"] as const]));
    expect(rows).toHaveLength(7);
    // Its name is no pattern: "class_a" is not "classxa".
    expect(await rush([1, 2, 3].map((n) => ["outsider", `s${n}`] as const))).toHaveLength(2);
    await launch("outside", "");
    const [first] = rows;
    await end(first?.id ?? "");
    expect(await rush(STUDENTS.map((user) => [user, "c"] as const))).toHaveLength(1);
  });

  test("a more generous group counts for one, and its total all the same", async () => {
    const rows = await rush(Array.from({ length: 8 }, (_, n) => ["student1", `s${n}`] as const));
    expect(rows).toHaveLength(5);
    expect(await limits.describe("student1")).toEqual({ running: 5, allowed: 5, source: "the group tutors" });
    expect(await rush(STUDENTS.slice(1).map((user) => [user, ""] as const))).toHaveLength(2);
  });

  const refusal = async (user: string): Promise<AppError> => {
    const error = await limits.refusalOf(user);
    if (error === null) throw new Error(`${user} has room`);
    return error;
  };

  test("is refused with the limit, who sets it, and what to stop", async () => {
    expect(await limits.refusalOf("outside")).toBeNull();
    await rush([
      ["outside", ""],
      ["outside", "b"],
      ["outside", "c"],
    ]);
    const own = await refusal("outside");
    expect(own.code).toBe("limit_reached");
    expect(own.message).toBe("You have 3 sessions; this site allows 3 at a time, waiting ones included.");
    for (const name of ["your default session", '"b"', '"c"']) expect(own.next).toContain(name);

    await rush(STUDENTS.slice(0, 7).map((user) => [user, ""] as const));
    const held = await refusal("student2");
    expect(held.message).toBe("The group class_a has 7 sessions together; this site allows it 7 at a time, waiting ones included.");
    expect(held.next).toContain("your default session");
    expect((await refusal("student12")).next).toBe("Try again when somebody else's has ended.");
    expect((await refusal("guest")).message).toBe("The group guests allows you no sessions here.");
  });
}
