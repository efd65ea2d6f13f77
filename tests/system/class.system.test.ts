/**
 * A class at nine o'clock: forty people sign in and press launch within one second, on a cluster with
 * room for thirty-two. Nobody is refused, each knows their place, and Slurm is asked no more than for one.
 */
import { setTimeout as delay } from "node:timers/promises";
import { SessionEvent } from "@fairway/contract/api.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import { people } from "@fairway/testbed/index.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Fixture, liveJobs, type Person, startSite, until } from "./fixture.ts";

const STUDENTS = people.flatMap(({ name }) => (name.startsWith("student") ? [name] : []));
/** Two nodes of 16 cores, and one for each session. */
const ROOM = 32;

let site: Fixture;
let students: readonly Person[];

beforeAll(async () => {
  // Slow enough for a line to form, whatever the machine.
  site = await startSite("class", 18_108, { cluster: { submit_rate: 4, submit_concurrency: 4 } });
});
afterAll(async () => site?.end());

test("forty sign in at once, from one address", async () => {
  students = await Promise.all(STUDENTS.map((name) => site.person(name)));
  expect(students).toHaveLength(40);
});

test("forty press launch within a second: nobody is refused, places are told, and all come to ready or wait truly", async () => {
  const before = await countCalls();
  const startedAt = performance.now();
  const lastly = students.at(-1);
  if (lastly === undefined) throw new Error("nobody signed in");
  const watched = watch(lastly);
  const launched = await Promise.all(
    students.map(async (student, index) => {
      await delay(index * 25);
      return student.launch({ profile: "noop" });
    }),
  );
  expect(new Set(launched.map(({ id }) => id)).size).toBe(40);

  const settled = await until("32 to be ready and 8 to wait", 100_000, async () => {
    const all = await Promise.all(students.map((student, index) => student.session(launched[index]?.id ?? "")));
    const ready = all.filter(({ state }) => state === "ready");
    const waiting = all.filter(({ state, job }) => state === "pending" && job?.pendingReason != null);
    return ready.length === ROOM && waiting.length === 40 - ROOM && all;
  });
  for (const { job } of settled.filter(({ state }) => state === "pending")) expect(["Resources", "Priority"]).toContain(job?.pendingReason);

  const told = (await watched.end()).flatMap(({ waiting }) => (waiting?.kind === "sending" ? [waiting.ahead] : []));
  expect(told.length).toBeGreaterThan(1);
  expect(told.length).toBeLessThan(40);
  expect(Math.max(...told)).toBeGreaterThan(4);
  expect(told.at(-1)).toBeLessThan(Math.max(...told));

  // Whoever watches for forty asks as for one: squeue each 4.5 s at most (2 calls), and what is free and who
  // waits each 5 s at most (4 calls), besides the rules of the cluster now and then. The longer it took, the more.
  const seconds = (performance.now() - startedAt) / 1000;
  const calls = (await countCalls()) - before;
  expect(calls).toBeLessThan((seconds / 4.5 + 1) * 2 + (seconds / 5 + 1) * 4 + 20);
});

test("all are stopped, and nothing is left in the queue", async () => {
  await Promise.all(
    students.map(async (student) => {
      const { sessions } = await student.json<{ sessions: Session[] }>("/api/v1/sessions?show=open");
      expect(sessions).toHaveLength(1);
      for (const { id } of sessions) await student.stop(id);
    }),
  );
  await until("an empty queue", 60_000, async () => (await liveJobs(site.testbed)).length === 0);
});

/** What the hub's account asked slurmctld so far: it submits and cancels as the people themselves. */
async function countCalls(): Promise<number> {
  const text = await site.testbed.mustExec("head", ["sdiag"]);
  const counted = /^\tfairway\s+\(\s*970\) count:(\d+)/m.exec(text)?.[1];
  if (counted === undefined) throw new Error(`sdiag tells nothing of fairway: ${text}`);
  return Number(counted);
}

/** What a portal of this person's would hear. */
function watch(person: Person) {
  const over = new AbortController();
  const heard: Session[] = [];
  const reading = (async () => {
    const answer = await person.api("/api/v1/events", { signal: over.signal });
    let rest = "";
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const event = line.startsWith("data:") ? SessionEvent.parse(JSON.parse(line.slice(5))) : null;
        if (event?.kind === "session") heard.push(event.session);
      }
    }
  })();
  return {
    end: async () => {
      over.abort();
      await reading.catch(() => {}); // the abort is its only end
      return heard;
    },
  };
}
