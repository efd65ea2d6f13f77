/** From the output of `local-jobs list` to jobs. Pure and strict: half a list is no list. */
import { type Job, type JobState, SchedulerUnavailable } from "../types.ts";

const STATES: Readonly<Record<string, JobState>> = {
  PENDING: "pending",
  RUNNING: "running",
  COMPLETED: "completed",
  FAILED: "failed",
  NOT_STARTED: "failed",
  TIMEOUT: "timeout",
  CANCELLED: "cancelled",
  // Its process is gone and had no time to say how: the machine went down, or somebody killed it hard.
  LOST: "node_fail",
};

/** @throws SchedulerUnavailable */
export function parseList(stdout: string, hostName: string): readonly Job[] {
  const lines = stdout.split("\n");
  const last = lines.pop();
  const end = lines.pop();
  if (last !== "" || end !== `END ${lines.length}`) throw new SchedulerUnavailable("the list of local jobs was cut");
  return lines.map((line) => toJob(line.split("\t"), hostName));
}

function toJob(fields: readonly string[], hostName: string): Job {
  const [name = "", rawState = "", code, submitted, started, ended, user = "", comment = ""] = fields;
  const state = STATES[rawState];
  if (fields.length !== 8 || name === "" || state === undefined) throw new SchedulerUnavailable("the list of local jobs was garbled");
  return {
    id: name,
    name,
    user,
    state,
    rawState,
    pendingReason: null,
    node: state === "pending" ? null : hostName,
    submittedAt: toTime(submitted),
    startedAt: toTime(started),
    endsAt: toTime(ended),
    restarts: 0,
    exitCode: code !== undefined && /^\d+$/.test(code) ? Number(code) : null,
    comment: comment === "" ? null : comment,
  };
}

function toTime(value: string | undefined): number | null {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) * 1000 : null;
}
