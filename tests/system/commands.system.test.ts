/**
 * The scheduler's commands fail, hang, print garbage or half of it: with sessions that run, are being
 * launched and are being stopped. None is lost, none duplicated, none falsely ended; when the commands
 * are well again, everything that was asked for happens.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { demoProfiles } from "../../deploy/demo/profiles.ts";
import { type Fixture, type Person, startSite, until } from "./fixture.ts";
import { behave, COMMANDS_DIR, type CommandName, installCommands, MISBEHAVIOURS, type Misbehaviour, misbehave } from "./misbehaviour.ts";
import { ensureTruth, findDuplicates, findFalselyEnded, listSessions } from "./truth.ts";

/** How long each fault lasts: longer than a command may take. `npm run soak -- faults` gives them a minute. */
const FAULT_MS = Number(process.env.FAIRWAY_FAULT_MS ?? 3500);

let site: Fixture;
let alice: Person;

beforeAll(async () => {
  site = await startSite("commands", 18_109, {
    cluster: { slurm: { bin_dir: COMMANDS_DIR }, command_timeout: "2s" },
    config: { profiles: demoProfiles.filter(({ name }) => name === "noop"), limits: { sessions_per_user: 50 } },
  });
  await installCommands(site.testbed);
  alice = await site.person("alice");
});
afterAll(async () => site?.end());

afterEach(async () => {
  await behave(site.testbed);
  for (const { id } of await listSessions(alice, "open")) await alice.stop(id);
  await ensureTruth(site, [alice]);
});

/** What each command can do wrong; scancel prints nothing that could be garbled. Some are for the soak alone. */
const isSoak = process.env.FAIRWAY_FAULTS === "all";
const CASES: readonly (readonly [CommandName, Misbehaviour])[] = [
  ...MISBEHAVIOURS.map((how) => ["squeue", how] as const),
  ...MISBEHAVIOURS.map((how) => ["sbatch", how] as const),
  ...(isSoak ? (["fails", "hangs", "late"] as const) : (["hangs"] as const)).map((how) => ["scancel", how] as const),
  ...(isSoak ? (["fails", "hangs", "garbage", "half", "silent"] as const) : (["garbage"] as const)).map((how) => ["sacct", how] as const),
];

test.each(CASES)(
  "%s %s: what runs goes on, what was asked for happens once",
  async (command, how) => {
    const running = await alice.launch({ profile: "noop", name: "running" });
    const stopping = await alice.launch({ profile: "noop", name: "stopping" });
    await alice.waitFor(running.id, ["ready"]);
    await alice.waitFor(stopping.id, ["ready"]);

    await misbehave(site.testbed, command, how);
    // Accounting is asked only about what the queue does not show.
    if (command === "sacct") await misbehave(site.testbed, "squeue", "silent");
    const launched = await alice.launch({ profile: "noop", name: "launched" });
    await alice.json(`/api/v1/sessions/${stopping.id}`, { method: "DELETE" });
    await watchFor(FAULT_MS, async () => {
      expect((await alice.session(running.id)).state).toBe("ready");
      expect((await alice.api("/user/alice/running/")).status).toBe(200);
      const { state, reason } = await alice.session(launched.id);
      expect(state, `${reason}`).not.toBe("ended");
    });

    await behave(site.testbed);
    await alice.waitFor(launched.id, ["ready"], 180_000);
    expect((await alice.waitFor(stopping.id, ["ended"], 180_000)).reason).toBe("stopped");
    expect((await alice.session(running.id)).state).toBe("ready");
    await ensureTruth(site, [alice]);
    expect(await findFalselyEnded([alice])).toEqual([]);
    expect(await findDuplicates(site)).toEqual([]);
  },
  300_000,
);

test("all of them at once, and the hub killed meanwhile", async () => {
  const running = await alice.launch({ profile: "noop", name: "running" });
  await alice.waitFor(running.id, ["ready"]);
  for (const command of ["squeue", "sbatch", "scancel", "sacct"] as const) await misbehave(site.testbed, command, "garbage");
  const launched = await alice.launch({ profile: "noop", name: "launched" });
  await site.testbed.mustExec("hub", ["pkill", "-KILL", "-f", "hub/src/main.ts hub --config"]);
  await until("the next hub to answer", 60_000, async () => (await alice.api(`/api/v1/sessions/${running.id}`)).ok);
  await watchFor(FAULT_MS, async () => expect((await alice.session(running.id)).state).toBe("ready"));
  await behave(site.testbed);
  await alice.waitFor(launched.id, ["ready"], 180_000);
  await ensureTruth(site, [alice]);
  expect(await findDuplicates(site)).toEqual([]);
}, 300_000);

/** Looks again and again for so long: what must not happen has the time to. */
async function watchFor(durationMs: number, look: () => Promise<void>): Promise<void> {
  const until = Date.now() + durationMs;
  while (Date.now() < until) {
    await look();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
