/** Slurm's job states (slurm.h, job_states and its flags, 20.11 to 26.05) in our words. */
import type { JobState } from "../types.ts";

const STATES: Readonly<Record<string, JobState>> = {
  PENDING: "pending",
  REQUEUED: "pending",
  REQUEUE_FED: "pending",
  EXPEDITING: "pending",
  REQUEUE_HOLD: "held",
  RESV_DEL_HOLD: "held",
  SPECIAL_EXIT: "held",
  CONFIGURING: "running",
  POWER_UP_NODE: "running",
  RUNNING: "running",
  RESIZING: "running",
  SIGNALING: "running",
  SUSPENDED: "suspended",
  STOPPED: "suspended",
  COMPLETING: "completing",
  STAGE_OUT: "completing",
  COMPLETED: "completed",
  FAILED: "failed",
  LAUNCH_FAILED: "failed",
  CANCELLED: "cancelled",
  REVOKED: "cancelled",
  TIMEOUT: "timeout",
  DEADLINE: "timeout",
  OUT_OF_MEMORY: "out_of_memory",
  NODE_FAIL: "node_fail",
  BOOT_FAIL: "node_fail",
  RECONFIG_FAIL: "node_fail",
  PREEMPTED: "preempted",
};

/** A code, or the sentence that squeue prints in its place for a job that was requeued and held ("job requeued in held state"). */
const HELD_REASON = /^JobHeld|requeued (in )?held/i;

/** @param word e.g. `RUNNING`, `CANCELLED by 1001`, `CANCELLED+` */
export function toJobState(word: string, reason: string | null): JobState {
  const state = STATES[/^[A-Z_]+/.exec(word)?.[0] ?? ""] ?? "unknown";
  return state === "pending" && reason !== null && HELD_REASON.test(reason) ? "held" : state;
}

export function hasEnded(state: JobState): boolean {
  switch (state) {
    case "completed":
    case "failed":
    case "cancelled":
    case "timeout":
    case "out_of_memory":
    case "node_fail":
    case "preempted":
      return true;
    default:
      return false;
  }
}

/**
 * `3:0` is exit code 3; `0:9` ended by signal 9, which a shell calls 137. Before 24.11 (seen on 20.11 and 22.05) squeue
 * prints the raw wait status instead, 768 and 9 (wait(2)). 125 is Slurm's own word for out of memory.
 */
export function toExitCode(word: string): number | null {
  const [, first, second] = /^(\d+)(?::(\d+))?$/.exec(word) ?? [];
  if (first === undefined) return null;
  const [code, signal] = second === undefined ? [Number(first) >> 8, Number(first) & 0x7f] : [Number(first), Number(second)];
  if (signal === 0) return code;
  return signal <= 64 ? 128 + signal : null;
}
