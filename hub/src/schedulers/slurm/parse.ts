/**
 * From the output of squeue and sacct to jobs. Pure, and strict: an answer that is not wholly what we asked for is no
 * answer (SchedulerUnavailable), since a job that is missing in half an answer would look as if it had gone.
 */
import type { ExecResult } from "../../transports/types.ts";
import { type Job, SchedulerUnavailable } from "../types.ts";
import { COMMENT_FIELD, HISTORY_FIELDS, QUEUE_FIELDS, type Separators } from "./commands.ts";
import { toTime } from "./quantities.ts";
import { hasEnded, toExitCode, toJobState } from "./states.ts";

/** @throws SchedulerUnavailable */
export function parseQueue(stdout: string, separators: Separators, namePrefix: string): readonly Job[] {
  const records = splitRecords(stdout, `${separators.record}\n`, separators.field, "squeue");
  return records
    .filter((record) => {
      if (record.length === QUEUE_FIELDS.length || record.length === QUEUE_FIELDS.length + 1) return true;
      throw new SchedulerUnavailable("squeue's answer was cut or garbled");
    })
    .map((record) => record.map((value) => value.trim()))
    .filter(([, name = ""]) => name.startsWith(namePrefix))
    .map((record) => toQueuedJob(record));
}

/** squeue passes over whom its host cannot resolve just now (its LDAP is away), and succeeds for all others. */
export function parseUnknownUsers(stderr: string): readonly string[] {
  return [...stderr.matchAll(/^squeue: error: Invalid user: (\S+)\s*$/gm)].flatMap(([, user]) => user ?? []);
}

function toQueuedJob(record: readonly string[]): Job {
  const [id = "", name = "", user = "", rawState = "", reasonWord = "", host = "", submit, start, end, restarts, exit = "", comment] =
    record;
  const reason = toKnown(reasonWord) === "None" ? null : toKnown(reasonWord);
  const state = toJobState(rawState, reason);
  const submittedAt = toTime(submit);
  if (!/^\d+$/.test(id) || user === "" || submittedAt === null) throw new SchedulerUnavailable("squeue's answer was garbled");
  const waits = state === "pending" || state === "held";
  return {
    id,
    name,
    user,
    state,
    rawState,
    pendingReason: waits ? reason : null,
    node: waits ? null : toKnown(host),
    submittedAt,
    // For a job that waits these are Slurm's estimates.
    startedAt: waits ? null : toTime(start),
    endsAt: waits ? null : toTime(end),
    restarts: Number(restarts) || 0,
    exitCode: hasEnded(state) ? toExitCode(exit) : null,
    comment: comment === undefined || comment.length >= COMMENT_FIELD[1] ? null : toKnown(comment),
  };
}

/** @throws SchedulerUnavailable */
export function parseHistory(stdout: string, separators: Separators): readonly Job[] {
  return splitRecords(stdout, `${separators.field}\n`, separators.field, "sacct").map((record) => {
    const [id = "", name = "", user = "", rawState = "", exit = "", submit, start, end, nodes = ""] = record;
    if (record.length !== HISTORY_FIELDS.length || id === "" || rawState === "") {
      throw new SchedulerUnavailable("sacct's answer was cut or garbled");
    }
    const state = toJobState(rawState, null);
    return {
      id,
      name,
      user,
      state,
      rawState,
      pendingReason: null,
      node: toFirstNode(nodes),
      submittedAt: toTime(submit),
      startedAt: toTime(start),
      endsAt: toTime(end),
      restarts: 0, // sacct before 24.05 does not know
      exitCode: hasEnded(state) ? toExitCode(exit) : null,
      comment: null,
    };
  });
}

/** Every record must be closed by its end mark: nothing may stand behind the last. */
function splitRecords(stdout: string, recordEnd: string, separator: string, program: string): readonly string[][] {
  const parts = stdout.split(recordEnd);
  if (parts.pop() !== "") throw new SchedulerUnavailable(`${program}'s answer was cut`);
  return parts.map((part) => part.split(separator));
}

/** Null for what Slurm prints when it has nothing to say. */
function toKnown(value: string): string | null {
  return ["", "(null)", "N/A", "n/a", "None assigned", "Unknown"].includes(value) ? null : value;
}

/** `d[1-2,7]` -> `d1`, `a,b` -> `a`, `d[08-10]` -> `d08` */
export function toFirstNode(list: string): string | null {
  const [, head = "", range = "", tail = ""] = /^([^[,]*)(?:\[(\w+)[^\]]*\])?([^[,]*)/.exec(list) ?? [];
  return toKnown(list) === null ? null : toKnown(`${head}${range}${tail}`);
}

/** `SLURM_VERSION           = 24.11.5` in `scontrol show config`. @throws SchedulerUnavailable */
export function parseVersion(stdout: string): string {
  const version = /^SLURM_VERSION\s*=\s*(\S+)/m.exec(stdout)?.[1];
  if (version === undefined) throw new SchedulerUnavailable("scontrol told no version");
  return version;
}

/** sacct's word at a site that keeps no accounting. */
export function isAccountingOff(result: ExecResult): boolean {
  return /accounting storage is disabled/i.test(result.stderr);
}
