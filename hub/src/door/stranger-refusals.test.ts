import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AuditRow } from "../store/schema.ts";
import { StrangerRefusals } from "./stranger-refusals.ts";

const HOUR_MS = 3_600_000;
let rows: Omit<AuditRow, "id">[];
let errors: unknown[];
let isBroken: boolean;
let refusals: StrangerRefusals;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  [rows, errors, isBroken] = [[], [], false];
  const record = async (entry: Omit<AuditRow, "id">) => {
    if (isBroken) throw new Error("the database is away");
    rows.push(entry);
  };
  refusals = new StrangerRefusals({ audit: { record }, now: Date.now, onError: (error) => errors.push(error) });
});
afterEach(() => void vi.useRealTimers());

const knock = (address: string, user = "root") => refusals.record({ user, address, detail: "1 wrong proofs" });

test("a bot that comes for two days leaves two entries an hour", async () => {
  const minutes = 2 * 24 * 60;
  for (let minute = 0; minute < minutes; minute += 1) {
    await knock("192.0.2.1");
    await vi.advanceTimersByTimeAsync(60_000);
  }
  await refusals.close();
  expect(rows.length).toBeGreaterThan(90);
  expect(rows.length).toBeLessThanOrEqual(2 * 48 + 2);
  const counted = rows.map(({ detail }) => Number(/^(\d+) more since/.exec(detail ?? "")?.[1] ?? 1));
  expect(counted.reduce((sum, count) => sum + count, 0)).toBe(minutes);
});

test("the first of the next hour is written at once again, and one that came once is not told twice", async () => {
  await knock("192.0.2.1");
  await vi.advanceTimersByTimeAsync(HOUR_MS);
  expect(rows).toHaveLength(1);
  await knock("192.0.2.1", "admin");
  expect(rows).toMatchObject([{ actor: "root" }, { actor: "admin", at: 1_700_000_000_000 + HOUR_MS }]);
});

test("from too many networks they are counted together", async () => {
  for (let index = 0; index < 5000; index += 1) await knock(`2001:db8:${index.toString(16)}::1`);
  expect(rows).toHaveLength(101);
  await vi.advanceTimersByTimeAsync(HOUR_MS);
  expect(rows).toHaveLength(102);
  expect(rows.at(-1)).toMatchObject({ actor: "root", address: "(several)", detail: "4899 more since 2023-11-14T22:13:20.000Z" });
});

test("what could not be written is said, and nothing waits once it is closed", async () => {
  await knock("192.0.2.1");
  await knock("192.0.2.1");
  isBroken = true;
  await refusals.close();
  expect(errors.map(String)).toEqual(["Error: the database is away"]);
  expect(vi.getTimerCount()).toBe(0);
});
