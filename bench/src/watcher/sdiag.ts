// Reads sdiag(1): how often slurmctld was called, by message type and by user. Pure.

export interface RpcCounts {
  readonly byType: ReadonlyMap<string, number>;
  readonly byUser: ReadonlyMap<string, number>;
}

/** @throws when the text holds no table of calls: no counts must not look like no calls. */
export function parseSdiag(text: string): RpcCounts {
  return { byType: readTable(text, "message type"), byUser: readTable(text, "user") };
}

function readTable(text: string, by: string): Map<string, number> {
  const heading = `Remote Procedure Call statistics by ${by}\n`;
  const start = text.indexOf(heading);
  if (start === -1) throw new Error(`sdiag told nothing by ${by}: ${text.slice(0, 200)}`);
  const counts = new Map<string, number>();
  for (const line of text.slice(start + heading.length).split("\n")) {
    const match = /^\t(\S+)\s+\(\s*\d+\) count:(\d+)/.exec(line);
    if (!match) break;
    counts.set(match[1] ?? "", Number(match[2]));
  }
  return counts;
}

/** What came between two readings. @throws when a count fell: slurmctld was restarted or reset on the way. */
export function subtract(after: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>): Map<string, number> {
  const grown = new Map<string, number>();
  for (const [key, count] of after) {
    const more = count - (before.get(key) ?? 0);
    if (more < 0) throw new Error(`sdiag's count of ${key} fell: slurmctld was restarted or reset.`);
    if (more > 0) grown.set(key, more);
  }
  return grown;
}

/**
 * What is not watching. Everything that is not named here counts, so a call that nobody thought of
 * counts against the one who made it.
 */
const NOT_WATCHING: ReadonlySet<string> = new Set([
  // Our own reading.
  "REQUEST_STATS_INFO",
  // Submits and cancels.
  "REQUEST_SUBMIT_BATCH_JOB",
  "REQUEST_CANCEL_JOB_STEP",
  "REQUEST_KILL_JOB",
  "REQUEST_KILL_JOBS",
  // The cluster's own: nodes that register, jobs and their steps (srun in a job's script, too) that come and go, accounting.
  "MESSAGE_NODE_REGISTRATION_STATUS",
  "MESSAGE_EPILOG_COMPLETE",
  "REQUEST_COMPLETE_BATCH_SCRIPT",
  "REQUEST_COMPLETE_PROLOG",
  "REQUEST_JOB_STEP_CREATE",
  "REQUEST_STEP_COMPLETE",
  "REQUEST_STEP_LAYOUT",
  "REQUEST_HET_JOB_ALLOC_INFO",
  "ACCOUNTING_UPDATE_MSG",
  "ACCOUNTING_REGISTER_CTLD",
  "REQUEST_PERSIST_INIT",
]);

export function selectWatching(byType: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...byType].filter(([type]) => !NOT_WATCHING.has(type)));
}

export function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
