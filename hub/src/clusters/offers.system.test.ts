/**
 * What we say would be refused, beside what a real Slurm says: each refusal of ours is one of Slurm's, or
 * a job that it takes and never starts; each acceptance of ours is a job that starts. No third thing.
 */
import { type Testbed, upTestbed } from "@fairway/testbed/index.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compareRefusals } from "./testing/compare-refusals.ts";

let testbed: Testbed;
beforeAll(async () => {
  testbed = await upTestbed({ name: "offers" });
});
afterAll(() => testbed?.down());

test("every request of the table is refused, or never started, exactly where we say so", async () => {
  const { accepted, refused, differences } = await compareRefusals(testbed, "offers");
  expect(differences).toEqual([]);
  // Both kinds are there to be told apart.
  expect([accepted > 20, refused > 20]).toEqual([true, true]);
});
