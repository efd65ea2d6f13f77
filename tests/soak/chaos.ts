/**
 * Chaos: people launch and stop at random while the hub is killed at random. Afterwards Slurm's live jobs
 * and our open sessions must be the same, none sent twice, none ended by a fault of the asking. The seed
 * repeats the choices (not the timing, which belongs to the machine).
 */
import { setTimeout as delay } from "node:timers/promises";
import { type Fixture, killHub, type Person, until } from "../system/fixture.ts";
import { ensureTruth, findDuplicates, findFalselyEnded, listSessions } from "../system/truth.ts";

export interface ChaosOptions {
  readonly site: Fixture;
  readonly people: readonly Person[];
  readonly kills: number;
  readonly seed: number;
  readonly note?: (line: string) => void;
}

export interface ChaosOutcome {
  readonly kills: number;
  readonly launches: number;
  readonly stops: number;
  /** Calls that failed while no hub was there: expected, and no harm. */
  readonly unanswered: number;
  readonly open: number;
  readonly duplicates: readonly string[];
  readonly falselyEnded: readonly string[];
}

/** Between a hub's start and its end: sometimes before it has read its database, sometimes in the thick of it. */
const LONGEST_LIFE_MS = 8000;

/** @throws when jobs and sessions are not the same in the end. */
export async function runChaos({ site, people, kills, seed, note = () => {} }: ChaosOptions): Promise<ChaosOutcome> {
  const random = makeRandom(seed);
  const counts = { launches: 0, stops: 0, unanswered: 0 };
  const over = new AbortController();
  const acting = people.map((person) => act(person, random, over.signal, counts));
  for (let kill = 1; kill <= kills; kill += 1) {
    // Its supervisor pauses after quick deaths: a life is counted from the hub's own start.
    await until("a hub to be started", 60_000, async () => isHubThere(site));
    await delay(random() * LONGEST_LIFE_MS);
    await killHub(site.testbed);
    if (kill % 10 === 0) note(`${kill} kills, ${counts.launches} launches, ${counts.stops} stops, ${counts.unanswered} unanswered`);
  }
  over.abort();
  await Promise.all(acting);
  await ensureTruth(site, people, 300_000);
  const open = (await Promise.all(people.map((person) => listSessions(person, "open")))).flat().length;
  const falselyEnded = (await findFalselyEnded(people)).map(({ id, reason, detail }) => `${id} ${reason} ${detail ?? ""}`);
  return { kills, ...counts, open, duplicates: await findDuplicates(site), falselyEnded };
}

async function isHubThere(site: Fixture): Promise<boolean> {
  return (await site.testbed.exec("hub", ["pgrep", "-f", "hub/src/main.ts hub --config"])).code === 0;
}

/** One person who cannot decide: launches and stops sessions of four names. */
async function act(
  person: Person,
  random: () => number,
  signal: AbortSignal,
  counts: { launches: number; stops: number; unanswered: number },
): Promise<void> {
  while (!signal.aborted) {
    const name = `n${1 + Math.floor(random() * 4)}`;
    try {
      const open = (await listSessions(person, "open")).find((session) => session.name === name);
      if (open === undefined) {
        const answer = await person.api("/api/v1/sessions", { method: "POST", body: JSON.stringify({ profile: "noop", name }) });
        if (answer.status === 201) counts.launches += 1;
        else if (answer.status >= 500) counts.unanswered += 1;
        else if (answer.status !== 409) throw new Error(`a launch was refused: ${answer.status} ${await answer.text()}`);
      } else if (random() < 0.7) {
        const answer = await person.api(`/api/v1/sessions/${open.id}`, { method: "DELETE" });
        if (answer.status === 202) counts.stops += 1;
        else counts.unanswered += 1;
      }
    } catch (error) {
      if (error instanceof Error && error.message.startsWith("a launch was refused")) throw error;
      // The hub died with the question in its hands: what became of it shows later.
      counts.unanswered += 1;
    }
    await delay(random() * 1500);
  }
}

/** mulberry32: small, and the same everywhere. */
function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
