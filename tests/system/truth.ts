/** What must hold whatever happened: Slurm's own list of live jobs is the list of our open sessions, each once. */
import type { Session } from "@fairway/contract/sessions.ts";
import { type Fixture, liveJobs, type Person, until } from "./fixture.ts";

const OVER_BY_FAULT: readonly (Session["reason"] | null)[] = ["lost", "submit_failed", "start_timeout", "pending_timeout"];

/** Waits until nothing moves any more. `people`: whose sessions there are. */
export async function ensureTruth(site: Fixture, people: readonly Person[], timeoutMs = 120_000): Promise<void> {
  let seen = "";
  await until("live jobs and open sessions to be the same", timeoutMs, async () => {
    const jobs = (await liveJobs(site.testbed)).filter((job) => job.name.startsWith("fw-")).map((job) => job.name.slice(-12));
    const open = (await Promise.all(people.map((person) => listSessions(person, "open")))).flat();
    seen = `jobs ${jobs.toSorted().join(" ")}; sessions ${open.map(({ id, state }) => `${id} ${state}`).join(" ")}`;
    const isSettled = open.every(({ state }) => ["pending", "held", "ready", "suspended"].includes(state));
    return (
      isSettled &&
      jobs.toSorted().join() ===
        open
          .map(({ id }) => id)
          .toSorted()
          .join()
    );
  }).catch((error: unknown) => {
    throw new Error(`not the same: ${seen}`, { cause: error });
  });
}

export async function listSessions(person: Person, show: "open" | "ended"): Promise<Session[]> {
  return (await person.json<{ sessions: Session[] }>(`/api/v1/sessions?show=${show}&limit=200`)).sessions;
}

/** None was ended by a fault of the asking: each that ended did so because somebody wished it, or its job did. */
export async function findFalselyEnded(people: readonly Person[]): Promise<Session[]> {
  const ended = (await Promise.all(people.map((person) => listSessions(person, "ended")))).flat();
  return ended.filter(({ reason }) => OVER_BY_FAULT.includes(reason));
}

/** Names of jobs that Slurm has run more than once under different ids: a launch that was sent twice. */
export async function findDuplicates(site: Fixture): Promise<string[]> {
  const text = await site.testbed.mustExec("head", ["sacct", "-X", "-n", "-P", "-a", "-S", "now-2days", "-o", "JobID,JobName"]);
  const ids = new Map<string, Set<string>>();
  for (const line of text.split("\n")) {
    const [id = "", name = ""] = line.split("|");
    if (name.startsWith("fw-")) ids.set(name, (ids.get(name) ?? new Set()).add(id));
  }
  return [...ids].filter(([, jobs]) => jobs.size > 1).map(([name]) => name);
}
