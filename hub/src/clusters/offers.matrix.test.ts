/** The same table on each version of Slurm, by hand (npm run matrix). Where one differs, it must be by what we let through. */
import { downTestbed, type SlurmVersion, slurmVersions, upTestbed } from "@fairway/testbed/index.ts";
import { afterEach, expect, test } from "vitest";
import { compareRefusals } from "./testing/compare-refusals.ts";

const NAME = "offers-mx";
afterEach(() => downTestbed(NAME));

/** What a partition allows to an account it allows to those below it: not yet in these. */
const ONLY_ACCOUNTS_THEMSELVES: readonly SlurmVersion[] = ["20.11", "22.05"];

test.each(slurmVersions)("refusals of Slurm %s", async (slurm) => {
  const { differences } = await compareRefusals(await upTestbed({ name: NAME, slurm }), NAME);
  const known = ONLY_ACCOUNTS_THEMSELVES.includes(slurm) ? [expect.stringContaining('"sciences"}: we say yes; Slurm says')] : [];
  expect(differences).toEqual(known);
});
