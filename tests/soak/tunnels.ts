/**
 * Tunnels in number: so many sessions whose jobs have dialled out, all their tunnels dropped at once by a door that
 * dies; then more sessions, up to so many in all. Each must come back by itself, none may end by it, and nothing of any
 * of them may be left: no socket, no file, no process.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Fixture, Person } from "../system/fixture.ts";
import { findTraces } from "../system/reach.ts";
import { listSessions } from "../system/truth.ts";

export interface TunnelsOptions {
  readonly site: Fixture;
  readonly people: readonly Person[];
  /** At a time. */
  readonly tunnels: number;
  /** In all. */
  readonly sessions: number;
  readonly note?: (line: string) => void;
}

export interface TunnelsOutcome {
  readonly tunnels: number;
  readonly sessions: number;
  /** After the drop: seconds until the last one answered again. */
  readonly backAfterSeconds: number;
  readonly falselyEnded: readonly string[];
  readonly traces: readonly string[];
}

interface Slot {
  readonly person: Person;
  readonly name: string;
}

const READY_WITHIN_MS = 600_000;
const BACK_WITHIN_MS = 600_000;
const CLEAN_WITHIN_MS = 180_000;

export async function runTunnels({ site, people, tunnels, sessions, note = () => {} }: TunnelsOptions): Promise<TunnelsOutcome> {
  const slots = Array.from({ length: tunnels }, (_, index): Slot => {
    const person = people[index % people.length];
    if (person === undefined) throw new Error("tunnels of nobody");
    return { person, name: `s${Math.floor(index / people.length)}` };
  });
  await startAll(slots);
  note(`${slots.length} sessions are reached by their tunnels`);
  await site.testbed.mustExec("hub", ["pkill", "-KILL", "-f", "door/src/main.ts"]);
  const droppedAt = performance.now();
  await Promise.all(slots.map(answers));
  const backAfterSeconds = (performance.now() - droppedAt) / 1000;
  note(`all tunnels dropped at once; the last one was back after ${backAfterSeconds.toFixed(1)} s`);
  await stopAll(people);
  for (let count = slots.length; count < sessions; count += slots.length) {
    await startAll(slots.slice(0, sessions - count));
    await stopAll(people);
    note(`${Math.min(sessions, count + slots.length)} sessions so far`);
  }
  const ended = (await Promise.all(people.map((person) => listAll(person)))).flat();
  const falselyEnded = ended.filter(({ reason }) => reason !== "stopped").map(({ id, reason }) => `${id} ${reason}`);
  return {
    tunnels,
    sessions: ended.length,
    backAfterSeconds,
    falselyEnded,
    traces: await findLeftovers(
      site,
      ended.map(({ id }) => id),
    ),
  };
}

/** Looked at once a second for each person: two hundred who ask all the time would be the load themselves. */
async function startAll(slots: readonly Slot[]): Promise<void> {
  const people = [...new Set(slots.map(({ person }) => person))];
  await Promise.all(
    people.map(async (person) => {
      const names = slots.filter((slot) => slot.person === person).map(({ name }) => name);
      for (const name of names) await person.launch({ profile: "noop", name });
      await soon(`${names.length} sessions of ${person.name} to be ready`, READY_WITHIN_MS, async () => {
        const open = await listSessions(person, "open");
        const other = open.find(({ route }) => route !== null && route !== "tunnel");
        if (other !== undefined) throw new Error(`session ${other.id} is reached by ${other.route}`);
        return open.length === names.length && open.every(({ state }) => state === "ready");
      });
    }),
  );
  await Promise.all(slots.map(answers));
}

async function answers({ person, name }: Slot): Promise<void> {
  await soon(`${person.name}/${name} to answer`, BACK_WITHIN_MS, async () => {
    const answer = await person.api(`/user/${person.name}/${name}/`, { signal: AbortSignal.timeout(10_000) }).catch(() => null);
    return answer?.status === 200;
  });
}

async function soon(what: string, withinMs: number, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs / 1000} s`);
    await delay(1000);
  }
}

/** All of a person's at once: the cluster takes its time for each. */
async function stopAll(people: readonly Person[]): Promise<void> {
  await Promise.all(
    people.map(async (person) => {
      for (const { id } of await listSessions(person, "open")) await person.json(`/api/v1/sessions/${id}`, { method: "DELETE" });
    }),
  );
  await soon("all sessions to have ended", READY_WITHIN_MS, async () => {
    const open = await Promise.all(people.map((person) => listSessions(person, "open")));
    return open.flat().length === 0;
  });
}

const listAll = (person: Person) => listSessions(person, "ended");

async function findLeftovers(site: Fixture, ids: readonly string[]): Promise<readonly string[]> {
  let traces: readonly string[] = [];
  const deadline = performance.now() + CLEAN_WITHIN_MS;
  do traces = await findTraces(site.testbed, ids);
  while (traces.length > 0 && performance.now() < deadline);
  return traces;
}
